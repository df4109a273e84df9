using System.Text.Json;

namespace Health.Fhir.Validation;

/// <summary>How the occurrences of an element are told apart. http://hl7.org/fhir/R4/profiling.html#slicing</summary>
public sealed record Slicing(IReadOnlyList<(string Kind, string Path)> Discriminators, string Rules, bool IsOrdered);

/// <summary>A type an element may have in a profile. Canonicals of profiles on the type, and on what a reference leads to.</summary>
public sealed record ProfileType(string Code, IReadOnlyList<string> Profiles, IReadOnlyList<string> Targets);

/// <summary>What a profile says of one element, with what it says of the elements inside and of its slices.</summary>
public sealed class ProfileElement(string name, string path)
{
    public string Name => name;
    public string Path => path;
    public string? SliceName { get; init; }
    public int? Min { get; set; }

    /// <summary>-1 is without bound; null says nothing.</summary>
    public int? Max { get; set; }
    public IReadOnlyList<ProfileType> Types { get; set; } = [];
    public JsonElement? Fixed { get; set; }
    public JsonElement? Pattern { get; set; }
    public string? BindingStrength { get; set; }
    public string? ValueSet { get; set; }
    public int? MaxLength { get; set; }
    public IReadOnlyList<Invariant> Invariants { get; set; } = [];
    public Slicing? Slicing { get; set; }
    public List<ProfileElement> Children { get; } = [];
    public List<ProfileElement> Slices { get; } = [];

    public ProfileElement Child(string childName)
    {
        if (Children.Find(child => child.Name == childName) is { } known) return known;
        var made = new ProfileElement(childName, $"{path}.{childName}");
        Children.Add(made);
        return made;
    }

    public ProfileElement Slice(string sliceName)
    {
        if (Slices.Find(slice => slice.SliceName == sliceName) is { } known) return known;
        var made = new ProfileElement(name, path) { SliceName = sliceName };
        Slices.Add(made);
        return made;
    }

    /// <summary>The element inside by a simple path (<c>code.coding</c>, <c>$this</c>); null when the profile says nothing of it.</summary>
    public ProfileElement? At(string simplePath)
    {
        var at = this;
        foreach (var step in simplePath.Split('.'))
        {
            if (step is "$this" or "resolve()" || step.StartsWith("ofType(", StringComparison.Ordinal)) continue;
            var found = step.StartsWith("extension(", StringComparison.Ordinal)
                ? at.Children.Find(child => child.Name == "extension")?.Slices.Find(slice => slice.Types.Any(type => type.Profiles.Any(profile => step.Contains(profile, StringComparison.Ordinal))))
                : at.Children.Find(child => child.Name == step);
            if (found is null) return null;
            at = found;
        }

        return at;
    }
}
