using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Health.SimulationTests.Platform;
using Npgsql;

namespace Health.Benchmarks;

/// <summary>
/// A day of 300 clinics with 1,000 entries each against four statements (HIS, city card, bank, mobile; 300,000 lines): handed in as files through the
/// doors, compared, sealed, recorded. The entries are put into the bridge's ledger by COPY beforehand; one in a hundred clinics has a difference.
/// The insurer is not among the four: it agrees to totals, one message a clinic.
/// </summary>
public static class LedgerBench
{
    public const int Steps = 5;
    private const int Clinics = 300, LinesPerParty = 250, MostSeconds = 60;
    private static readonly DateOnly FirstDay = new(2026, 1, 15);

    public static async IAsyncEnumerable<BenchRow> Run(RunningPlatform platform, Progress progress)
    {
        await using var database = NpgsqlDataSource.Create(Floor.ConnectionString(platform.PostgresFolder, "health"));
        using var http = Doors.Open(platform, "demo-operator");
        http.Timeout = TimeSpan.FromMinutes(10);
        var day = await FreeDay(database);
        progress.Next("ledger: 300,000 entries of the bridge");
        await Seed(database, day);
        progress.Next("floor: COPY of as many rows, and reading them in order");
        var floor = await FloorSeconds(database, day);
        progress.Next("statements: files through the doors");
        var clock = Stopwatch.StartNew();
        await Send(http, day, "city-card", null, ClearingFile(day));
        await Send(http, day, "acquirer", null, AcquirerFile(day));
        await Parallel.ForAsync(0, Clinics, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (clinic, _) => await Send(http, day, "his", Code(clinic), HisFile(clinic, day)));
        var taking = clock.Elapsed.TotalSeconds;
        progress.Next("compare, seal, record");
        using var answer = await http.PostAsync(new Uri($"/card/reconciliation/{day:yyyy-MM-dd}/run?collect=false&close=true", UriKind.Relative), null);
        answer.EnsureSuccessStatusCode();
        var report = await answer.Content.ReadFromJsonAsync<JsonElement>();
        var whole = clock.Elapsed.TotalSeconds;
        progress.Next("what became of it");
        Verify(report);
        yield return new BenchRow("ledgers: 300,000 lines taken as files", taking, "s");
        yield return BenchRow.AtMost("ledgers: taken, compared, sealed and recorded, 300 clinics", whole, "s", MostSeconds) with { Floor = floor, Ratio = whole / floor };
        yield return new BenchRow("ledgers: lines compared", report.GetProperty("lines").GetInt64(), "1");
    }

    private static void Verify(JsonElement report)
    {
        var clinics = report.GetProperty("institutions").EnumerateArray().ToList();
        var states = clinics.GroupBy(clinic => clinic.GetProperty("state").GetString()!).ToDictionary(group => group.Key, group => group.Count());
        var different = Enumerable.Range(0, Clinics).Count(IsDifferent);
        if (states.GetValueOrDefault("closed") != Clinics - different || states.GetValueOrDefault("differing") != different || report.GetProperty("lines").GetInt64() != (long)Clinics * LinesPerParty * 4)
            throw new InvalidOperationException($"The day went otherwise than planned: {string.Join(", ", states.Select(state => $"{state.Key} {state.Value}"))}, {report.GetProperty("lines")} lines.");
    }

    // A closed day stays closed, so every run takes another.
    private static async Task<DateOnly> FreeDay(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand("select coalesce(max(business_day) + 1, $1) from cards.ledger where visit_tx like 'bench|%'");
        command.Parameters.Add(new() { Value = FirstDay });
        return (DateOnly)(await command.ExecuteScalarAsync())!;
    }

    private static async Task Seed(NpgsqlDataSource database, DateOnly day)
    {
        await using var connection = await database.OpenConnectionAsync();
        await using (var copy = await connection.BeginBinaryImportAsync(
            "copy cards.ledger (entry_key, visit_tx, institution_code, desk_id, business_day, party, kind, party_reference, amount_fen, terminal_no, term_seq, tac, state, made_at) from stdin (format binary)"))
        {
            var at = day.ToDateTime(new TimeOnly(4, 0), DateTimeKind.Utc);
            for (var clinic = 0; clinic < Clinics; clinic++)
                foreach (var party in new[] { "his", "city-card", "bank", "mobile" })
                    for (var i = 0; i < LinesPerParty; i++)
                    {
                        var reference = Reference(party, clinic, i, day);
                        var purse = party == "city-card";
                        await copy.WriteRowAsync(default, $"{party}|{reference}", $"bench|{reference}", Code(clinic), "desk-1", day, party, "charge", reference, Amount(clinic, i),
                            purse ? Terminal(clinic) : DBNull.Value, purse ? Sequence(i, day) : DBNull.Value, purse ? Tac(clinic, i, day) : DBNull.Value, "decided", at);
                    }
            await copy.CompleteAsync();
        }
        await using var analyze = new NpgsqlCommand("analyze cards.ledger", connection);
        await analyze.ExecuteNonQueryAsync();
    }

    private static async Task<double> FloorSeconds(NpgsqlDataSource database, DateOnly day)
    {
        var clock = Stopwatch.StartNew();
        await using var connection = await database.OpenConnectionAsync();
        await using var make = new NpgsqlCommand("drop table if exists bench_lines; create table bench_lines (institution_code text, party text, reference text, amount_fen bigint)", connection);
        await make.ExecuteNonQueryAsync();
        await using (var copy = await connection.BeginBinaryImportAsync("copy bench_lines from stdin (format binary)"))
        {
            for (var clinic = 0; clinic < Clinics; clinic++)
                foreach (var party in new[] { "his", "city-card", "bank", "mobile" })
                    for (var i = 0; i < LinesPerParty; i++) await copy.WriteRowAsync(default, Code(clinic), party, Reference(party, clinic, i, day), Amount(clinic, i));
            await copy.CompleteAsync();
        }
        foreach (var sql in new[]
        {
            "select institution_code, party, reference, amount_fen from bench_lines order by institution_code, party, reference collate \"C\"",
            $"select institution_code, party, party_reference, amount_fen from cards.ledger where business_day = '{day:yyyy-MM-dd}' order by institution_code, party, party_reference collate \"C\"",
        })
        {
            await using var command = new NpgsqlCommand(sql, connection);
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync()) _ = reader.GetInt64(3);
        }
        return clock.Elapsed.TotalSeconds;
    }

    private static async Task Send(HttpClient http, DateOnly day, string party, string? institution, string file)
    {
        using var content = new StringContent(file, Encoding.UTF8, "text/csv");
        using var answer = await http.PutAsync(new Uri($"/card/reconciliation/{day:yyyy-MM-dd}/statements/{party}{(institution is null ? "" : $"?institution={institution}")}", UriKind.Relative), content);
        if (!answer.IsSuccessStatusCode) throw new InvalidOperationException($"The statement of {party} was refused: {await answer.Content.ReadAsStringAsync()}");
    }

    private static string ClearingFile(DateOnly day) => WithTrailer("chip_serial,card_seq,terminal_no,term_seq,amount_fen,date,time,tac,refund_id", ["city-card"],
        (_, clinic, i, fen) => $"{Reference("city-card", clinic, i, day).Split('|')[0]},{i},{Terminal(clinic)},{Sequence(i, day)},{fen},{day:yyyyMMdd},120000,{Tac(clinic, i, day)},");

    private static string AcquirerFile(DateOnly day) => WithTrailer("number,order_no,channel,amount_fen,reference", ["bank", "mobile"],
        (party, clinic, i, fen) => $"{Reference(party, clinic, i, day)},{Reference(party, clinic, i, day)},{party},{fen},X");

    private static string HisFile(int clinic, DateOnly day)
    {
        var text = new StringBuilder("receipt_no,visit_no,total_fen,kind,posted_at\n");
        for (var i = 0; i < LinesPerParty; i++) text.Append(CultureInfo.InvariantCulture, $"{Reference("his", clinic, i, day)},V{i},{Amount(clinic, i) + (IsDifferent(clinic) && i == 7 ? 1 : 0)},charge,{day:yyyy-MM-dd}\n");
        return text.ToString();
    }

    private static string WithTrailer(string header, string[] parties, Func<string, int, int, long, string> line)
    {
        var text = new StringBuilder(header).Append('\n');
        var (count, sum) = (0, 0L);
        foreach (var party in parties)
            for (var clinic = 0; clinic < Clinics; clinic++)
                for (var i = 0; i < LinesPerParty; i++)
                {
                    text.Append(line(party, clinic, i, Amount(clinic, i))).Append('\n');
                    (count, sum) = (count + 1, sum + Amount(clinic, i));
                }
        return text.Append(CultureInfo.InvariantCulture, $"#,{count},{sum}\n").ToString();
    }

    private static string Reference(string party, int clinic, int i, DateOnly day) => party == "city-card"
        ? $"31{day:yyMMdd}{clinic:D4}{i:D4}|{i}|{Terminal(clinic)}|{Sequence(i, day)}" : $"{party}-{clinic:D3}-{day:yyyyMMdd}-{i:D4}";

    private static string Code(int clinic) => $"MYBENCH{clinic:D5}";

    private static string Terminal(int clinic) => $"5199{clinic:D8}";

    // The terminals count on from day to day, so that no number is left out.
    private static long Sequence(int i, DateOnly day) => (long)(day.DayNumber - FirstDay.DayNumber) * LinesPerParty + i + 1;

    private static string Tac(int clinic, int i, DateOnly day) => $"{(uint)(clinic * 1_000_003 + i * 7919 + day.DayNumber):X8}";

    private static long Amount(int clinic, int i) => 100 + (clinic * 31L + i * 7L) % 20_000;

    private static bool IsDifferent(int clinic) => clinic % 100 == 50;
}
