using Health.Contracts;

namespace Health.Fhir.Validation;

public enum Severity { Error, Warning, Information }

/// <summary>Something wrong, or worth knowing, at a place. <paramref name="Code"/> is of http://hl7.org/fhir/R4/valueset-issue-type.html.</summary>
public sealed record ValidationIssue(Severity Severity, string Code, string Text, string Expression)
{
    public const int Unprocessable = 422, Ok = 200;

    public Refusal AsRefusal() => new(Severity == Severity.Error ? Unprocessable : Ok, Code, Text, Expression);
}

/// <summary>What validation found: at most a hundred issues, then it stops.</summary>
public sealed class ValidationIssues
{
    public const int Max = 100;
    private readonly List<ValidationIssue> found = [];

    public IReadOnlyList<ValidationIssue> All => found;
    public bool IsFull => found.Count >= Max;
    public bool HasErrors { get; private set; }

    public void Add(Severity severity, string code, string text, string expression)
    {
        if (IsFull) return;
        HasErrors |= severity == Severity.Error;
        found.Add(found.Count == Max - 1
            ? new ValidationIssue(Severity.Error, "too-costly", $"There are more than {Max - 1} issues; the rest was not looked at.", expression)
            : new ValidationIssue(severity, code, text, expression));
    }
}
