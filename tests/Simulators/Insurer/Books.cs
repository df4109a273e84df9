namespace Health.Simulators.Insurer;

public sealed class Person
{
    public required string PersonNumber { get; init; }
    public required string CertificateNumber { get; init; }
    public decimal Account { get; set; }
}

public sealed record FeeLine(string Serial, string Batch, string Code, string Name, decimal Amount, bool Covered);

public sealed class Visit
{
    public required string VisitId { get; init; }
    public required string PersonNumber { get; init; }
    public required string Institution { get; init; }
    public required string OutpatientNumber { get; init; }
    public required DateOnly Day { get; init; }
    public bool Cancelled { get; set; }
    public bool Described { get; set; }
    public List<FeeLine> Lines { get; } = [];
}

public sealed class Settlement
{
    public required string SettlementId { get; init; }
    public required string VisitId { get; init; }
    public required string PersonNumber { get; init; }
    public required string Institution { get; init; }
    public required string Msgid { get; init; }
    public required DateOnly Day { get; init; }
    public required Split Split { get; init; }

    /// <summary><c>settled</c>, <c>cancelled</c> (2208) or <c>reversed</c> (2601).</summary>
    public string State { get; set; } = "settled";
}

/// <summary>All that the insurer knows.</summary>
public sealed class Books
{
    public Dictionary<string, Person> Persons { get; } = [];
    public Dictionary<string, Visit> Visits { get; } = [];
    public Dictionary<string, Settlement> Settlements { get; } = [];

    /// <summary>By msgid: what was asked and what was answered.</summary>
    public Dictionary<string, (string Infno, Answer Answer)> Answers { get; } = [];

    /// <summary>Files by file_qury_no: taken with 9101 or made by 3202.</summary>
    public Dictionary<string, byte[]> Files { get; } = [];

    /// <summary>Messages reversed before they came: they must not be carried out any more.</summary>
    public HashSet<string> Void { get; } = [];
}
