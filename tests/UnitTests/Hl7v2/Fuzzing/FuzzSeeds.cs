using System.Reflection;
using System.Text;
using Health.Hl7v2;

namespace Health.UnitTests.Hl7v2.Fuzzing;

/// <summary>The messages that are mutated: the project's own in both character sets, and the public ones where they are present.</summary>
internal static class FuzzSeeds
{
    public static byte[][] Own() => [.. OwnMessages().SelectMany(message => new[] { Encoding.UTF8.GetBytes(message.Text), Hl7Charset.Gb18030.Encoding.GetBytes(message.Text) })];

    /// <summary>Name and text, segments ended by CR.</summary>
    public static IEnumerable<(string Name, string Text)> OwnMessages()
    {
        var assembly = Assembly.GetExecutingAssembly();
        foreach (var name in assembly.GetManifestResourceNames().Where(name => name.EndsWith(".hl7", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            yield return (name[..^4], reader.ReadToEnd().ReplaceLineEndings("\r"));
        }
    }

    public static byte[][] Public()
    {
        var folder = Sample.SharedFolder() is { } shared ? Path.Combine(shared, "data", "hl7v2", "corpus") : null;
        if (folder is null || !Directory.Exists(folder)) return [];
        return [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(file => Path.GetExtension(file) is ".hl7" or ".txt").Order(StringComparer.Ordinal)
            .SelectMany(file => Hl7Batch.Split(File.ReadAllBytes(file))).Where(message => message.Length < 32_000).Select(message => message.ToArray())];
    }
}
