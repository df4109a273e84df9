using System.Globalization;
using System.Text.Json;

namespace Health.Adapters.Sources;

/// <summary>The folder of source profiles: one JSON file each. All of them are right together or none is taken.</summary>
internal sealed class ProfileFolder(string path)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
    };

    private Dictionary<string, (string Text, SourceProfile Profile)> known = new(StringComparer.Ordinal);

    /// <summary>Names, lengths and times of the files: the same as before means that nobody has written.</summary>
    public string Signature() => string.Join('|', Files().Select(file => string.Create(CultureInfo.InvariantCulture, $"{file.Name}:{(file.Exists ? file.Length : -1)}:{file.LastWriteTimeUtc.Ticks}")));

    /// <exception cref="InvalidOperationException">A file is wrong, or two contradict each other; the message says which and what would be right.</exception>
    public IReadOnlyList<SourceProfile> Read()
    {
        Dictionary<string, (string Text, SourceProfile Profile)> read = new(StringComparer.Ordinal);
        foreach (var file in Files())
        {
            var text = ReadText(file.FullName);
            read[file.Name] = known.TryGetValue(file.Name, out var before) && before.Text == text ? before : (text, Parse(file.FullName, text));
        }

        List<SourceProfile> profiles = [.. read.Values.Select(one => one.Profile)];
        Check(profiles);
        known = read;
        return profiles;
    }

    private List<FileInfo> Files()
    {
        if (!Directory.Exists(path)) throw new InvalidOperationException($"Health:Adapters:SourcesFolder is '{path}', which is not a folder.");
        return [.. new DirectoryInfo(path).EnumerateFiles("*.json").OrderBy(file => file.Name, StringComparer.Ordinal)];
    }

    private static string ReadText(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InvalidOperationException($"Source profile {file} cannot be read ({e.GetType().Name}).", e);
        }
    }

    private static SourceProfile Parse(string file, string text)
    {
        try
        {
            var profile = JsonSerializer.Deserialize<SourceProfile>(text, Json) ?? throw new JsonException("The file holds null.");
            return profile.Problem() is { } problem ? throw new JsonException(problem) : profile;
        }
        catch (JsonException e)
        {
            throw new InvalidOperationException($"Source profile {file} is wrong: {e.Message}", e);
        }
    }

    private void Check(List<SourceProfile> profiles)
    {
        if (profiles.GroupBy(profile => profile.Id).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new InvalidOperationException($"Two source profiles in {path} have the id '{twice.Key}'.");
        if (profiles.Count(profile => profile.AcceptsUnknownSenders) > 1)
            throw new InvalidOperationException($"Two source profiles in {path} accept unknown senders; at most one may.");
        if (profiles.Where(IsNamed).GroupBy(profile => (profile.SendingApplication, profile.SendingFacility)).FirstOrDefault(group => group.Count() > 1) is { } same)
            throw new InvalidOperationException($"Source profiles {string.Join(" and ", same.Select(profile => profile.Id))} name the same sender.");
        if (profiles.Find(profile => profile is { Door: "file", FileDrop: { } drop } && !Directory.Exists(drop.Folder)) is { } lost)
            throw new InvalidOperationException($"Source profile {lost.Id}: fileDrop.folder '{lost.FileDrop!.Folder}' is not a folder.");
    }

    private static bool IsNamed(SourceProfile profile) => profile.SendingApplication is not null || profile.SendingFacility is not null;
}
