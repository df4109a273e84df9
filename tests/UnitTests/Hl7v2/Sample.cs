using System.Text;
using Health.Hl7v2;

namespace Health.UnitTests.Hl7v2;

/// <summary>Messages the tests read.</summary>
internal static class Sample
{
    public const string Header = "MSH|^~\\&|HIS|MYCH|HEALTH|MY|20261124101500+0800||ADT^A04^ADT_A01|M1|P|2.5.1|||||||";

    public static Hl7Message Read(string text, Hl7Charset? configured = null) => Read(Encoding.UTF8.GetBytes(text), configured);

    public static Hl7Message Read(byte[] bytes, Hl7Charset? configured = null) =>
        Hl7Message.Read(bytes, configured).Message ?? throw new InvalidOperationException("Not read as a message.");

    public static byte[] Gb(string text) => Hl7Charset.Gb18030.Encoding.GetBytes(text);

    /// <summary>Folder of the messages others wrote, outside the project; null where it is not present.</summary>
    public static string? SharedFolder()
    {
        if (Environment.GetEnvironmentVariable("HEALTH_SHARED") is { Length: > 0 } named) return named;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var shared = Path.Combine(folder.FullName, "shared", "data");
            if (Directory.Exists(shared)) return Path.GetDirectoryName(shared);
        }

        return null;
    }
}
