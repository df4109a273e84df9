using System.Globalization;
using System.Text.Json;

namespace Health.Adapters.Sources;

/// <summary>
/// Profiles as an operator writes them: a JSON file each in a folder, comments allowed, unknown members refused. All of them are right together or none is taken.
/// </summary>
/// <param name="setting">Name of the setting that names the folder, for messages.</param>
/// <param name="kind">What the profiles are of, for messages.</param>
/// <param name="problem">What is wrong with a profile, in words that say what would be right; null when nothing is.</param>
internal sealed class ProfileFolder<T>(string path, string setting, string kind, Func<T, string> id, Func<T, string?> problem)
    where T : class
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
    };

    private Dictionary<string, (string Text, T Profile)> known = new(StringComparer.Ordinal);

    /// <summary>Names, lengths and times of the files: the same as before means that nobody has written.</summary>
    public string Signature() => string.Join('|', Files().Select(file => string.Create(CultureInfo.InvariantCulture, $"{file.Name}:{(file.Exists ? file.Length : -1)}:{file.LastWriteTimeUtc.Ticks}")));

    /// <summary>Profiles whose file says the same as the last time are the same objects.</summary>
    /// <param name="check">Throws where the profiles contradict each other.</param>
    /// <exception cref="InvalidOperationException">A file is wrong, or two contradict each other; the message says which and what would be right.</exception>
    public IReadOnlyList<T> Read(Action<IReadOnlyList<T>>? check = null)
    {
        Dictionary<string, (string Text, T Profile)> read = new(StringComparer.Ordinal);
        foreach (var file in Files())
        {
            var text = ReadText(file.FullName);
            read[file.Name] = known.TryGetValue(file.Name, out var before) && before.Text == text ? before : (text, Parse(file.FullName, text));
        }

        List<T> profiles = [.. read.Values.Select(one => one.Profile)];
        if (profiles.GroupBy(id).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new InvalidOperationException($"Two {kind} profiles in {path} have the id '{twice.Key}'.");
        check?.Invoke(profiles);
        known = read;
        return profiles;
    }

    private List<FileInfo> Files()
    {
        if (!Directory.Exists(path)) throw new InvalidOperationException($"Health:Adapters:{setting} is '{path}', which is not a folder.");
        return [.. new DirectoryInfo(path).EnumerateFiles("*.json").OrderBy(file => file.Name, StringComparer.Ordinal)];
    }

    private string ReadText(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InvalidOperationException($"{Named(file)} cannot be read ({e.GetType().Name}).", e);
        }
    }

    private T Parse(string file, string text)
    {
        try
        {
            var profile = JsonSerializer.Deserialize<T>(text, Json) ?? throw new JsonException("The file holds null.");
            return problem(profile) is { } wrong ? throw new JsonException(wrong) : profile;
        }
        catch (JsonException e)
        {
            throw new InvalidOperationException($"{Named(file)} is wrong: {e.Message}", e);
        }
    }

    private string Named(string file) => $"{char.ToUpperInvariant(kind[0])}{kind[1..]} profile {file}";
}
