using System.Collections.Concurrent;
using Health.Fhir.Terminology;

namespace Health.Fhir.Validation;

/// <summary>The profiles of a library, compiled when first used.</summary>
public sealed class ProfileSource(CodeLibrary library)
{
    private readonly ConcurrentDictionary<string, ProfileDefinition> compiled = new();

    /// <summary>null when the canonical is not known, or is no profile.</summary>
    /// <remarks>HL7's are compiled once for all: a library is made anew at each definition that is stored.</remarks>
    public ProfileDefinition? Find(string canonical) => library.Outside("StructureDefinition", canonical) is { } inner ? inner.Profiles.Find(canonical) : CodeLibrary.Once(compiled, canonical, url => library.Find("StructureDefinition", url) is { } json ? ProfileDefinition.Read(json) : null);

    /// <summary>The type a canonical is about: itself for a core type, that of the profile otherwise; null when unknown.</summary>
    public string? TypeOf(string canonical)
    {
        var bare = canonical.Split('|')[0];
        if (bare.StartsWith(ProfileDefinition.Core, StringComparison.Ordinal) && TypeShape.Of(bare[ProfileDefinition.Core.Length..]) is { } type) return type.Name;
        return Find(canonical)?.Type;
    }

    /// <summary>The slicing of an element, also where only a base profile declares it.</summary>
    public Slicing? SlicingOf(ProfileDefinition profile, ProfileElement element)
    {
        if (element.Slicing is { } own) return own;
        if (element.Name is "extension" or "modifierExtension") return new Slicing([("value", "url")], "open", false);
        if (profile.BaseProfile is { } parent && Find(parent) is { } inherited && inherited.Type == profile.Type)
        {
            var inside = element.Path.IndexOf('.') is var dot and >= 0 ? inherited.Root.At(element.Path[(dot + 1)..]) : inherited.Root;
            if (inside is not null && SlicingOf(inherited, inside) is { } found) return found;
        }

        return element.Slices.TrueForAll(slice => slice.Types.Count > 0) ? new Slicing([("type", "$this")], "open", false) : null;
    }
}
