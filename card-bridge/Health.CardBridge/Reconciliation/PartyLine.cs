namespace Health.CardBridge.Reconciliation;

/// <summary>One amount as one side tells it. Both sides use the other party's name for it.</summary>
/// <param name="Reference">Purse transaction key or refund id, setl_id, receipt number, order number; ASCII.</param>
/// <param name="Kind"><c>charge</c> or <c>refund</c>.</param>
/// <param name="AmountFen">Positive when it came in, negative when it went back.</param>
/// <param name="State"><c>decided</c>; of ours also <c>unknown</c>; of theirs whatever they say of an amount that does not count.</param>
public sealed record PartyLine(string Reference, string Kind, long AmountFen, string State = PartyLine.Decided)
{
    public const string Decided = "decided", Unknown = "unknown", Charge = "charge", Refund = "refund";

    /// <summary>The operator's code for a debit, where the line has one.</summary>
    public string? Tac { get; init; }

    /// <summary>Of ours: the visit it belongs to.</summary>
    public string? VisitTx { get; init; }

    public bool IsDecided => State == Decided;

    /// <summary>By reference, then kind, ordinal: the order in which both sides must come.</summary>
    public static int CompareKeys(PartyLine a, PartyLine b)
    {
        var byReference = string.CompareOrdinal(a.Reference, b.Reference);
        return byReference != 0 ? byReference : string.CompareOrdinal(a.Kind, b.Kind);
    }

    /// <summary>
    /// One line per reference with what is left of it, nothing for what is nothing: an insurer that undoes a settlement on its day no longer lists
    /// it, and a visit without a share of the insurer moves nothing.
    /// </summary>
    /// <param name="sorted">By reference.</param>
    public static IEnumerable<PartyLine> Net(IEnumerable<PartyLine> sorted)
    {
        PartyLine? sum = null;
        foreach (var line in sorted)
        {
            if (sum is not null && sum.Reference != line.Reference)
            {
                if (sum.AmountFen != 0) yield return sum;
                sum = null;
            }
            sum = sum is null
                ? line
                : sum with { AmountFen = checked(sum.AmountFen + line.AmountFen), State = sum.IsDecided ? line.State : sum.State };
            sum = sum with { Kind = sum.AmountFen < 0 ? Refund : Charge };
        }
        if (sum is not null && sum.AmountFen != 0) yield return sum;
    }
}
