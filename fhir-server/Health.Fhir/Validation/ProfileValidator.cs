using Health.Fhir.FhirPath;
using Health.Fhir.Terminology;

namespace Health.Fhir.Validation;

/// <summary>R4 itself, then profiles: those named, and those of <c>meta.profile</c>. http://hl7.org/fhir/R4/validation.html</summary>
public sealed class ProfileValidator(CodeLibrary library, TimeProvider time)
{
    /// <param name="profiles">Profiles to check besides those of meta.profile.</param>
    /// <param name="inform">Warnings are wanted: rules that only inform, extensible bindings, profiles that are not known, the definitions of known extensions.</param>
    public IReadOnlyList<ValidationIssue> Run(ReadOnlySpan<byte> json, IReadOnlyCollection<string> profiles, bool inform)
    {
        var tree = ResourceTree.Parse(json);
        try
        {
            var issues = new ValidationIssues();
            ResourceValidator.Run(tree, issues, inform);
            if (!issues.HasErrors) Profiles(tree, issues, profiles, inform);
            return inform ? issues.All : [.. issues.All.Where(issue => issue.Severity == Severity.Error)];
        }
        finally
        {
            tree.Return();
        }
    }

    private void Profiles(ResourceTree tree, ValidationIssues issues, IReadOnlyCollection<string> named, bool inform)
    {
        var walk = new ProfileWalk(tree, library, issues, new FhirPathContext(time.GetUtcNow().ToOffset(TimeSpan.FromHours(8)), library.IsMember));
        foreach (var profile in named.Concat(Stated(tree)).Distinct().ToList()) walk.Check(0, profile);
        if (!inform) return;
        for (var node = 1; node < tree.Count && !issues.IsFull; node++)
        {
            if (tree[node].Type?.IsExtension != true || tree[node].Kind != NodeKind.Object) continue;
            var url = tree.Member(node, "url"u8);
            // The inner extensions of a complex one are named within it.
            if (url >= 0 && tree.Text(url) is var canonical && canonical.Contains(':') && library.Profiles.Find(canonical) is { IsExtension: true }) walk.Check(node, canonical);
        }
    }

    private static List<string> Stated(ResourceTree tree)
    {
        var meta = tree.Member(0, "meta"u8);
        var list = meta < 0 ? -1 : tree.Member(meta, "profile"u8);
        return list < 0 || tree[list].Kind != NodeKind.Array ? [] : [.. PatternMatch.Items(tree, list).Where(item => tree[item].Kind == NodeKind.String).Select(tree.Text)];
    }
}
