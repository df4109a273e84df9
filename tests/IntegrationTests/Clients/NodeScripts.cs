using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Health.IntegrationTests.Clients;

/// <summary>Runs the scripts beside this file with the packages of the committed lock file, installed into .build and never committed.</summary>
internal static class NodeScripts
{
    private static readonly Lazy<Task<string>> Installed = new(Install);

    public static bool IsHere => Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(folder => File.Exists(Path.Combine(folder, "node"))) && Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(folder => File.Exists(Path.Combine(folder, "npm")));

    public static async Task<(int Exit, string Output)> Run(string script, params string[] arguments)
    {
        var folder = await Installed.Value;
        File.Copy(Path.Combine(Source(), script), Path.Combine(folder, script), overwrite: true);
        return await Start("node", folder, [script, .. arguments]);
    }

    private static async Task<string> Install()
    {
        var folder = Path.GetFullPath(Path.Combine(Source(), "../../../.build/clients"));
        Directory.CreateDirectory(folder);
        foreach (var name in new[] { "package.json", "package-lock.json", ".npmrc" }) File.Copy(Path.Combine(Source(), name), Path.Combine(folder, name), overwrite: true);
        var (exit, output) = await Start("npm", folder, ["ci", "--prefer-offline", "--loglevel=error"]);
        return exit == 0 ? folder : throw new InvalidOperationException($"The clients cannot be installed: {output}");
    }

    private static async Task<(int, string)> Start(string program, string folder, string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, await output + await error);
    }

    private static string Source([CallerFilePath] string here = "") => Path.GetDirectoryName(here)!;
}
