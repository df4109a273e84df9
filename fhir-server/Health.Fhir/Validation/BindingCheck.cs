using Health.Fhir.FhirPath;

namespace Health.Fhir.Validation;

/// <summary>Codes against a required value set. http://hl7.org/fhir/R4/terminologies.html#required</summary>
internal static class BindingCheck
{
    public static void Code(ResourceTree tree, ValidationIssues issues, int node, ElementShape element)
    {
        if (element.Codes is not { } codes) return;
        if (tree[node].IsEscaped ? codes.Has(null, tree.Text(node)) : codes.Has(tree.Raw(node))) return;
        issues.Add(Severity.Error, "code-invalid", $"'{Short(tree.Text(node))}' is no code of {element.RequiredValueSet}: one of {codes.Sample}", tree.PathOf(node));
    }

    /// <summary>A Coding, a CodeableConcept or a Quantity: a CodeableConcept has at least one coding of the set.</summary>
    public static void Concept(ResourceTree tree, ValidationIssues issues, int node, ElementShape element)
    {
        if (element.Codes is not { } codes) return;
        if (tree[node].Type?.Name != "CodeableConcept")
        {
            if (tree.Member(node, "code"u8) >= 0 && !IsOf(tree, node, codes)) Refuse(tree, issues, node, element, codes);
            return;
        }

        var coding = tree.Member(node, "coding"u8);
        // Text or an extension alone is what a sender has who cannot code; the standard leaves that open.
        if (coding < 0 || tree[coding].Kind != NodeKind.Array) return;
        for (var item = coding + 1; item < tree[coding].End; item = tree[item].End)
            if (IsOf(tree, item, codes)) return;
        Refuse(tree, issues, node, element, codes);
    }

    private static bool IsOf(ResourceTree tree, int coding, CodeTable codes)
    {
        var (system, code) = (tree.Member(coding, "system"u8), tree.Member(coding, "code"u8));
        if (code < 0 || tree[code].Kind != NodeKind.String) return false;
        return codes.Has(system >= 0 && tree[system].Kind == NodeKind.String ? tree.Text(system) : null, tree.Text(code));
    }

    private static void Refuse(ResourceTree tree, ValidationIssues issues, int node, ElementShape element, CodeTable codes) =>
        issues.Add(Severity.Error, "code-invalid", $"No coding is of {element.RequiredValueSet}: one of {codes.Sample}", tree.PathOf(node));

    private static string Short(string text) => text.Length > 60 ? text[..60] + "…" : text;
}
