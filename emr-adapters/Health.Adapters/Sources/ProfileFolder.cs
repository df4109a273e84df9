using System.Text.Json;

namespace Health.Adapters.Sources;

/// <summary>Profiles as an operator writes them: a JSON file each in a folder, comments allowed, unknown members refused.</summary>
internal static class ProfileFolder
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
    };

    /// <param name="setting">Name of the setting that names the folder, for messages.</param>
    /// <param name="problem">What is wrong with a profile, in words that say what would be right; null when nothing is.</param>
    /// <exception cref="InvalidOperationException">A file is wrong; the message says which and what would be right.</exception>
    public static List<T> Read<T>(string? folder, string setting, string kind, Func<T, string> id, Func<T, string?> problem)
    {
        if (string.IsNullOrEmpty(folder)) return [];
        if (!Directory.Exists(folder)) throw new InvalidOperationException($"Health:Adapters:{setting} is '{folder}', which is not a folder.");
        List<T> profiles = [.. Directory.EnumerateFiles(folder, "*.json").Order(StringComparer.Ordinal).Select(file => ReadOne(file, kind, problem))];
        return profiles.GroupBy(id).FirstOrDefault(group => group.Count() > 1) is { } twice
            ? throw new InvalidOperationException($"Two {kind} profiles in {folder} have the id '{twice.Key}'.")
            : profiles;
    }

    private static T ReadOne<T>(string file, string kind, Func<T, string?> problem)
    {
        try
        {
            var profile = JsonSerializer.Deserialize<T>(File.ReadAllText(file), Json) ?? throw new JsonException("The file holds null.");
            return problem(profile) is { } wrong ? throw new JsonException(wrong) : profile;
        }
        catch (JsonException e)
        {
            throw new InvalidOperationException($"{char.ToUpperInvariant(kind[0])}{kind[1..]} profile {file} is wrong: {e.Message}", e);
        }
    }
}
