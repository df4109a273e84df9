using Health.Fhir.FhirPath;
using Health.Fhir.Terminology;

namespace Health.Fhir.Validation;

/// <summary>The bindings of a profile.</summary>
internal static class ProfileBinding
{
    public static void Check(ResourceTree tree, CodeLibrary library, ValidationIssues issues, ProfileElement element, int node, string profile)
    {
        if (element.ValueSet is not { } valueSet || element.BindingStrength is not ("required" or "extensible")) return;
        var answer = IsMember(tree, library, node, valueSet);
        var isRequired = element.BindingStrength == "required";
        if (answer is null)
        {
            if (library.ValueSet(valueSet) is null) issues.Add(Severity.Warning, "not-found", $"The value set {valueSet} of {profile} is not known here: the code was not checked.", tree.PathOf(node));
            return;
        }

        if (answer == true) return;
        var some = library.Expanded(valueSet) is { Count: > 0 } codes ? $": one of {string.Join(", ", codes.Take(12).Select(code => code.Code))}{(codes.Count > 12 ? " …" : "")}" : "";
        issues.Add(isRequired ? Severity.Error : Severity.Warning, "code-invalid", $"{(isRequired ? "No code of" : "The code is not of the extensible value set")} {valueSet}{some}", tree.PathOf(node));
    }

    /// <summary>null when it cannot be said: the set is not known, or the element holds no code.</summary>
    public static bool? IsMember(ResourceTree tree, CodeLibrary library, int node, string valueSet)
    {
        if (tree[node].Kind == NodeKind.String) return library.IsMember(valueSet, null, tree.Text(node));
        if (tree[node].Kind != NodeKind.Object) return null;
        var list = tree.Member(node, "coding"u8);
        if (list < 0) return tree[node].Type?.Name == "CodeableConcept" ? null : Coding(tree, library, node, valueSet);
        bool? any = null;
        foreach (var coding in PatternMatch.Items(tree, list))
        {
            if (Coding(tree, library, coding, valueSet) is not { } one) continue;
            if (one) return true;
            any = false;
        }

        return any;
    }

    private static bool? Coding(ResourceTree tree, CodeLibrary library, int coding, string valueSet)
    {
        var (system, code) = (tree.Member(coding, "system"u8), tree.Member(coding, "code"u8));
        return code < 0 || tree[code].Kind != NodeKind.String ? null : library.IsMember(valueSet, system >= 0 ? tree.Text(system) : null, tree.Text(code));
    }
}
