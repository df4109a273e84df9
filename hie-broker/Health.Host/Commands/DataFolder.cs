using System.Security.Cryptography;
using System.Text;

namespace Health.Host.Commands;

/// <summary>
/// The default data folder: <c>.data</c> beside the solution. PostgreSQL never runs as root, so where root keeps the checkout in a folder
/// that other accounts may not enter, the default is a folder of this checkout under /var/lib/health.
/// </summary>
public static class DataFolder
{
    private const string Fallback = "/var/lib/health";

    public static string Default()
    {
        var beside = Path.Combine(Environment.GetEnvironmentVariable("HEALTH_ROOT") ?? Environment.CurrentDirectory, ".data");
        if (!Environment.IsPrivilegedProcess || OthersMayEnter(Path.GetDirectoryName(beside)!)) return beside;
        var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(beside)))[..12];
        return Path.Combine(Fallback, name);
    }

    private static bool OthersMayEnter(string folder)
    {
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
            if ((at.UnixFileMode & UnixFileMode.OtherExecute) == 0)
                return false;
        return true;
    }
}
