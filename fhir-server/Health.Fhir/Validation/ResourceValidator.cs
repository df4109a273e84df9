using Health.Fhir.FhirPath;

namespace Health.Fhir.Validation;

/// <summary>
/// Validates a resource against R4 itself: structure, then (when that holds) the rules in FHIRPath. http://hl7.org/fhir/R4/validation.html
/// </summary>
public static class ResourceValidator
{
    private const int KeptRules = 4096;

    [ThreadStatic]
    private static List<PendingRules>? spare;

    /// <summary>Types the tree and collects what is wrong with it.</summary>
    /// <param name="withWarnings">Rules that only inform are evaluated as well.</param>
    public static void Run(ResourceTree tree, ValidationIssues issues, bool withWarnings)
    {
        var rules = spare ?? [];
        spare = null;
        var walk = new StructureWalk(tree, issues, rules);
        walk.Resource(0);
        if (walk.HasContained && !issues.IsFull) ContainedCheck.Run(tree, issues);
        if (!issues.HasErrors && (rules.Count > 0 || withWarnings)) Rules(tree, issues, rules, withWarnings);
        rules.Clear();
        if (rules.Capacity <= KeptRules) spare = rules;
    }

    private static void Rules(ResourceTree tree, ValidationIssues issues, List<PendingRules> rules, bool withWarnings)
    {
        var session = FhirPathExpression.Session(tree, FhirPathContext.None);
        if (withWarnings && tree[0].Type is { IsDomainResource: true } && !tree.Has(0, "text"u8))
            issues.Add(Severity.Warning, "invariant", "dom-6: a resource should have a narrative, so that a person can read it.", tree.PathOf(0));
        foreach (var pending in rules)
        {
            foreach (var rule in pending.Rules)
            {
                if (!issues.IsFull && (rule.IsError || withWarnings)) Evaluate(session, issues, rule, pending);
            }
        }

        session.Return();
    }

    private static void Evaluate(Evaluator session, ValidationIssues issues, Invariant rule, PendingRules pending)
    {
        try
        {
            if (rule.Compiled.Test(session, pending.Node, pending.Resource) == false)
                issues.Add(rule.IsError ? Severity.Error : Severity.Warning, "invariant", $"{rule.Key}: {rule.Human}", session.Tree.PathOf(pending.Node));
        }
        catch (FhirPathException e)
        {
            issues.Add(Severity.Warning, "exception", $"{rule.Key} cannot be evaluated here: {e.Message}", session.Tree.PathOf(pending.Node));
        }
        catch (System.Text.RegularExpressions.RegexMatchTimeoutException)
        {
            issues.Add(Severity.Error, "too-costly", $"{rule.Key} takes too long on this value.", session.Tree.PathOf(pending.Node));
        }
    }
}
