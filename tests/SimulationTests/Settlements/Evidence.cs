namespace Health.SimulationTests.Settlements;

/// <summary>A chip and what it has paid since it was handed out.</summary>
public sealed record ChipBook(string ChipSerial, string PurseNo, long PaidFen);

/// <summary>What the comparison of ledgers reads: the platform's tables, the doors of the parties outside, and the chips.</summary>
/// <param name="Rows">Rows of a query in the platform's database.</param>
/// <param name="Of">The door of a party.</param>
public sealed record Evidence(Func<string, Task<List<object[]>>> Rows, Func<Party, HttpClient> Of, IReadOnlyList<ChipBook> Chips);
