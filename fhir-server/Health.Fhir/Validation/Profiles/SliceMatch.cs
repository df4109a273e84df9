using Health.Fhir.FhirPath;
using Health.Fhir.Terminology;

namespace Health.Fhir.Validation;

/// <summary>Whether an occurrence belongs to a slice, by the discriminators: value, pattern, exists, type, profile. http://hl7.org/fhir/R4/profiling.html#discriminator</summary>
internal sealed class SliceMatch(ResourceTree tree, CodeLibrary library, Func<int, string, bool> conforms)
{
    public bool Belongs(ProfileElement slice, Slicing slicing, int node)
    {
        if (slicing.Discriminators.Count == 0) return false;
        foreach (var (kind, path) in slicing.Discriminators)
            if (!Holds(slice, kind, path, node)) return false;
        return true;
    }

    private bool Holds(ProfileElement slice, string kind, string path, int node)
    {
        var found = path == "$this" ? [node] : FhirPathExpression.Parse(path).Select(tree, node);
        var wanted = slice.At(path);
        switch (kind)
        {
            case "exists":
                return wanted?.Max == 0 ? found.Count == 0 : wanted?.Min is not > 0 || found.Count > 0;
            case "type":
                return wanted is { Types.Count: > 0 } && found.Any(one => wanted.Types.Any(type => IsOfType(one, type.Code)));
            case "profile":
                return wanted is { Types.Count: > 0 } && found.Any(one => wanted.Types.SelectMany(type => type.Profiles.Concat(type.Targets)).Any(profile => conforms(one, profile)));
            default:
                // The slices of extensions are told by the url their profile fixes.
                if (path == "url" && slice.Types.SelectMany(type => type.Profiles).ToList() is { Count: > 0 } profiles) return found.Any(one => profiles.Exists(profile => tree.TextEquals(one, profile.Split('|')[0])));
                return wanted is not null && found.Any(one => Meets(wanted, one) == true);
        }
    }

    private bool IsOfType(int node, string code) => tree[node].Type is { } type ? type.IsA(code) : code == "Resource";

    /// <summary>null when the profile says nothing that could tell.</summary>
    private bool? Meets(ProfileElement wanted, int node)
    {
        if (wanted.Fixed is { } value) return PatternMatch.IsFixed(value, tree, node);
        if (wanted.Pattern is { } pattern) return PatternMatch.Has(pattern, tree, node);
        if (wanted is { BindingStrength: "required", ValueSet: { } valueSet }) return ProfileBinding.IsMember(tree, library, node, valueSet);
        bool? all = null;
        foreach (var child in wanted.Children)
        {
            var items = ProfileWalk.Occurrences(tree, node, child.Name);
            var answers = items.Select(item => Meets(child, item)).Where(answer => answer is not null).ToList();
            if (answers.Count == 0 && !SaysSomething(child)) continue;
            all = all != false && answers.Contains(true);
        }

        return all;
    }

    private static bool SaysSomething(ProfileElement element) => element.Fixed is not null || element.Pattern is not null || element.Children.Exists(SaysSomething);
}
