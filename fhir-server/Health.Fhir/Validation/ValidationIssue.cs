using Health.Contracts;

namespace Health.Fhir.Validation;

public enum Severity { Error, Warning, Information }

/// <summary>Something wrong, or worth knowing, at a place. <paramref name="Code"/> is of http://hl7.org/fhir/R4/valueset-issue-type.html.</summary>
public sealed record ValidationIssue(Severity Severity, string Code, string Text, string Expression)
{
    public const int Unprocessable = 422, Ok = 200;

    public Refusal AsRefusal() => new(Severity == Severity.Error ? Unprocessable : Ok, Code, Text, Expression);
}

/// <summary>What validation found: at most a hundred errors, then it stops; and at most a hundred of what only warns or informs, which stops nothing.</summary>
public sealed class ValidationIssues
{
    public const int Max = 100;
    private readonly List<ValidationIssue> found = [];
    private int errors, others;

    public IReadOnlyList<ValidationIssue> All => found;
    public bool IsFull => errors >= Max;
    public bool HasErrors => errors > 0;

    public void Add(Severity severity, string code, string text, string expression)
    {
        // A code system of a thousand concepts may have a warning at each, and is valid.
        ref var count = ref severity == Severity.Error ? ref errors : ref others;
        if (count >= Max) return;
        found.Add(++count < Max ? new ValidationIssue(severity, code, text, expression)
            : severity == Severity.Error ? new ValidationIssue(severity, "too-costly", $"There are more than {Max - 1} issues; the rest was not looked at.", expression)
            : new ValidationIssue(Severity.Information, "informational", $"There are more than {Max - 1} warnings; the rest is not told.", expression));
    }
}
