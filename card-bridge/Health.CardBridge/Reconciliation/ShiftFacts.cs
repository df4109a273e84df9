using Health.CardBridge.Log;
using Health.Contracts;

namespace Health.CardBridge.Reconciliation;

/// <summary>What a shift took and gave back in one tender.</summary>
public sealed record TenderTotals(string Party, int Charges, long ChargedFen, int Refunds, long RefundedFen)
{
    public long NetFen => checked(ChargedFen + RefundedFen);
}

/// <summary>A cashier's closed shift (收费员日结). Who signed is sealed; the seal covers every entry.</summary>
/// <param name="Cashier">As entries of the ledger name it: an actor.</param>
/// <param name="Number">1 for the first shift of the day at that desk.</param>
/// <param name="CashExpectedFen">Cash taken less cash given back.</param>
/// <param name="Reason">Needed when counted and expected differ.</param>
/// <param name="SignedBy">Sealed <see cref="Signature"/>.</param>
/// <param name="Seal">SM3 over the sorted entries and the counted cash, hexadecimal.</param>
public sealed record ShiftClosed(
    DateTimeOffset At, string ShiftId, string InstitutionCode, string DeskId, string Cashier, DateOnly Day, int Number, IReadOnlyList<TenderTotals> Tenders,
    long CashExpectedFen, long CashCountedFen, string? Reason, int EntryCount, string Seal, SealedPayload SignedBy);

/// <summary>The name under a shift's close. Only ever stored sealed.</summary>
public sealed record Signature(string Name);

/// <summary>An entry of the ledger as a shift counts it.</summary>
public sealed record ShiftEntry(string EntryKey, string Party, string Kind, long AmountFen, string State);

/// <summary>What may be closed, and with what sums. Pure.</summary>
public static class ShiftDecider
{
    public const long MaxCountedFen = 100_000_000_00;

    /// <summary>Null when the shift can be closed so.</summary>
    public static Refusal? Check(IReadOnlyList<ShiftEntry> entries, long countedFen, string? reason)
    {
        if (entries.Count == 0) return Refusal.Conflict("This cashier has no open entry at this desk on that day.");
        if (entries.Count(entry => entry.State == PartyLine.Unknown) is var unknown and > 0) return Refusal.Conflict($"Of {unknown} amounts it is not known whether they count.");
        if (Math.Abs(countedFen) > MaxCountedFen) return Refusal.Unprocessable("The counted cash is out of range.", "countedFen");
        return countedFen != Expected(entries) && string.IsNullOrWhiteSpace(reason)
            ? Refusal.Unprocessable($"Counted are {new Fen(countedFen)}, expected {new Fen(Expected(entries))}: a difference needs a reason.", "reason") : null;
    }

    public static long Expected(IEnumerable<ShiftEntry> entries) => entries.Where(entry => entry.Party == Parties.Cash).Aggregate(0L, (sum, entry) => checked(sum + entry.AmountFen));

    /// <summary>Per tender, in the order of <see cref="Parties.All"/>. What the insurer and the HIS book is not in the drawer and not a tender.</summary>
    public static IReadOnlyList<TenderTotals> Totals(IReadOnlyList<ShiftEntry> entries) =>
    [
        .. from party in Parties.All
           where party is not (Parties.Insurer or Parties.His)
           let own = entries.Where(entry => entry.Party == party).ToList()
           where own.Count > 0
           let charges = own.Where(entry => entry.AmountFen > 0).ToList()
           let refunds = own.Where(entry => entry.AmountFen < 0).ToList()
           select new TenderTotals(party, charges.Count, charges.Sum(entry => entry.AmountFen), refunds.Count, refunds.Sum(entry => entry.AmountFen)),
    ];
}
