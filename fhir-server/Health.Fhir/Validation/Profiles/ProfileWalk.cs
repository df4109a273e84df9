using Health.Fhir.FhirPath;
using Health.Fhir.Terminology;

namespace Health.Fhir.Validation;

/// <summary>
/// Checks a typed resource against profiles: cardinality, types and their profiles, reference targets, fixed values and patterns, bindings, slices, rules.
/// http://hl7.org/fhir/R4/profiling.html. Must-support is no rule for a server and is not looked at.
/// </summary>
internal sealed class ProfileWalk(ResourceTree tree, CodeLibrary library, ValidationIssues issues, FhirPathContext context)
{
    private const int MaxDepth = 24;
    private readonly HashSet<(int, string)> open = [];
    private int resource;

    /// <summary>Checks a node (a resource, an extension, a data type) against a profile and its base profiles.</summary>
    public void Check(int node, string canonical)
    {
        if (issues.IsFull || open.Count > MaxDepth || !open.Add((node, canonical))) return;
        try
        {
            if (canonical.StartsWith(ProfileDefinition.Core, StringComparison.Ordinal) && TypeShape.Of(canonical[ProfileDefinition.Core.Length..].Split('|')[0]) is { } core)
            {
                if (tree[node].Type?.IsA(core.Name) == false) Error(node, "structure", $"{tree[node].Type!.Name} is no {core.Name}.");
                return;
            }

            if (library.Profiles.Find(canonical) is not { } profile)
            {
                issues.Add(Severity.Warning, "not-found", $"The profile {canonical} is not known here: it was not checked.", tree.PathOf(node));
                return;
            }

            if (tree[node].Type is { } type && !type.IsA(profile.Type))
            {
                Error(node, "structure", $"{canonical} is a profile of {profile.Type}; this is a {type.Name}.");
                return;
            }

            if (profile.BaseProfile is { } parent) Check(node, parent);
            var outer = resource;
            if (tree[node].Type?.Kind == TypeKind.Resource) resource = node;
            Item(profile, profile.Root, node);
            resource = outer;
        }
        catch (FhirPathException e)
        {
            // A discriminator that is no FHIRPath.
            issues.Add(Severity.Warning, "exception", $"{canonical} cannot be checked: {e.Message}", tree.PathOf(node));
        }
        finally
        {
            open.Remove((node, canonical));
        }
    }

    /// <summary>The occurrences of an element in an object; one that has only extensions is its <c>_name</c>.</summary>
    public static List<int> Occurrences(ResourceTree tree, int node, string name)
    {
        List<int> found = [];
        var shadow = -1;
        if (tree[node].Kind != NodeKind.Object) return found;
        for (var member = node + 1; member < tree[node].End; member = tree[member].End)
        {
            if (tree[member].Element?.Name != name) continue;
            if (tree[member].IsShadow) shadow = member;
            else if (tree[member].Kind == NodeKind.Array) found.AddRange(PatternMatch.Items(tree, member));
            else found.Add(member);
        }

        if (found.Count == 0 && shadow >= 0) found.AddRange(tree[shadow].Kind == NodeKind.Array ? PatternMatch.Items(tree, shadow) : [shadow]);
        return found;
    }

    private void Item(ProfileDefinition profile, ProfileElement element, int node)
    {
        if (issues.IsFull) return;
        if (!tree[node].IsShadow)
        {
            Types(profile, element, node);
            if (element.Fixed is { } value && !PatternMatch.IsFixed(value, tree, node)) Error(node, "value", $"{Named(profile, element)} is {value.GetRawText()}.");
            if (element.Pattern is { } pattern && !PatternMatch.Has(pattern, tree, node)) Error(node, "value", $"{Named(profile, element)} contains {pattern.GetRawText()}.");
            if (element.MaxLength is { } length && tree[node].Kind == NodeKind.String && tree.Text(node).Length > length) Error(node, "too-long", $"{Named(profile, element)} has at most {length} characters.");
            ProfileBinding.Check(tree, library, issues, element, node, profile.Url);
        }

        foreach (var rule in element.Invariants) Rule(rule, node);
        foreach (var child in element.Children) Children(profile, child, node);
    }

    private void Children(ProfileDefinition profile, ProfileElement element, int owner)
    {
        var items = Occurrences(tree, owner, element.Name);
        Cardinality(profile, element, items.Count, owner);
        foreach (var item in items) Item(profile, element, item);
        if (element.Slices.Count == 0 || library.Profiles.SlicingOf(profile, element) is not { } slicing) return;
        var match = new SliceMatch(tree, library, Conforms);
        var counts = new int[element.Slices.Count];
        var last = 0;
        foreach (var item in items)
        {
            var place = element.Slices.FindIndex(slice => match.Belongs(slice, slicing, item));
            if (place < 0)
            {
                if (slicing.Rules == "closed") Error(item, "structure", $"{profile.Url} allows only these here: {string.Join(", ", element.Slices.Select(slice => slice.SliceName))}.");
                continue;
            }

            if (slicing.IsOrdered && place < last) Error(item, "structure", $"{profile.Url} wants the order {string.Join(", ", element.Slices.Select(slice => slice.SliceName))}.");
            last = place;
            counts[place]++;
            Item(profile, element.Slices[place], item);
        }

        for (var i = 0; i < counts.Length; i++) Cardinality(profile, element.Slices[i], counts[i], owner);
    }

    private void Cardinality(ProfileDefinition profile, ProfileElement element, int count, int owner)
    {
        if (element.Min is { } min && count < min)
            issues.Add(Severity.Error, "required", $"{Named(profile, element)} is needed {(min == 1 ? "" : $"{min} times ")}and occurs {count} times.", $"{tree.PathOf(owner)}.{element.Name}");
        if (element.Max is { } max and >= 0 && count > max)
            issues.Add(Severity.Error, "structure", max == 0 ? $"{Named(profile, element)} does not occur here." : $"{Named(profile, element)} occurs at most {max} times, here {count} times.", $"{tree.PathOf(owner)}.{element.Name}");
    }

    private void Types(ProfileDefinition profile, ProfileElement element, int node)
    {
        if (element.Types.Count == 0 || tree[node].Type is not { } type || element.Path == profile.Type) return;
        // System types and backbone elements have no types to choose from.
        var fitting = element.Types.Where(one => type.IsA(one.Code) || one.Code.Contains(':') || (type.Kind == TypeKind.Backbone && one.Code is "Element" or "BackboneElement")).ToList();
        if (fitting.Count == 0)
        {
            Error(node, "structure", $"{Named(profile, element)} is {string.Join(" or ", element.Types.Select(one => one.Code))}, not {type.Name}.");
            return;
        }

        var profiles = fitting.SelectMany(one => one.Profiles).ToList();
        if (profiles.Count == 1) Check(node, profiles[0]);
        else if (profiles.Count > 1 && !profiles.Exists(one => Conforms(node, one))) Error(node, "structure", $"{Named(profile, element)} conforms to none of {string.Join(", ", profiles)}.");
        var targets = fitting.SelectMany(one => one.Targets).ToList();
        if (type.Name == "Reference" && targets.Count > 0) Target(profile, element, node, targets);
    }

    private void Target(ProfileDefinition profile, ProfileElement element, int node, List<string> targets)
    {
        var reference = tree.Member(node, "reference"u8);
        if (reference < 0 || tree[reference].Kind != NodeKind.String) return;
        var types = targets.Select(library.Profiles.TypeOf).ToList();
        if (types.Contains(null) || types.Contains("Resource")) return;
        if (ReferenceCheck.TypeIn(tree.Text(reference)) is { } named && !types.Contains(named)) Error(reference, "value", $"{Named(profile, element)} refers to {string.Join(" or ", types.Distinct())}, not to {named}.");
    }

    /// <summary>Whether a node conforms, without keeping the issues.</summary>
    private bool Conforms(int node, string canonical)
    {
        if (library.Profiles.TypeOf(canonical) is null) return false;
        var apart = new ValidationIssues();
        new ProfileWalk(tree, library, apart, context) { resource = resource }.Check(node, canonical);
        return !apart.HasErrors;
    }

    private void Rule(Invariant rule, int node)
    {
        var session = FhirPathExpression.Session(tree, context);
        try
        {
            if (rule.Compiled.Test(session, node, resource) == false) issues.Add(rule.IsError ? Severity.Error : Severity.Warning, "invariant", $"{rule.Key}: {rule.Human}", tree.PathOf(node));
        }
        catch (FhirPathException e)
        {
            issues.Add(Severity.Warning, "exception", $"{rule.Key} cannot be evaluated here: {e.Message}", tree.PathOf(node));
        }
        catch (System.Text.RegularExpressions.RegexMatchTimeoutException)
        {
            issues.Add(Severity.Error, "too-costly", $"{rule.Key} takes too long on this value.", tree.PathOf(node));
        }
        finally
        {
            session.Return();
        }
    }

    private static string Named(ProfileDefinition profile, ProfileElement element) => $"{element.Path}{(element.SliceName is null ? "" : ":" + element.SliceName)} of {profile.Url}";

    private void Error(int node, string code, string text) => issues.Add(Severity.Error, code, text, tree.PathOf(node));
}
