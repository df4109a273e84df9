using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using Health.SimulationTests.Day;
using Npgsql;

namespace Health.SimulationTests.Settlements;

/// <summary>
/// Settlements at the real desk of a running platform, with durable commits; in the middle of each, host, desk agent or database is killed with -9. Afterwards the clerk
/// brings the visit to its end, and at the end the ledgers of all must agree per visit to the fen.
/// </summary>
public static class SettlementKills
{
    private const long Loaded = 50_000;
    private const string Image = "resident.json";
    private static readonly object[] Fees = [new { code = "GH001", name = "普通门诊诊察费", quantity = 1, amountFen = 300L }];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <param name="from">Number of the first kill; each is decided by seed and number alone.</param>
    public static async Task<bool> Run(int from, int kills, int seed, TextWriter log, CancellationToken ct)
    {
        var city = new Day.City();
        List<Process> desks = [];
        await city.InitializeAsync();
        try
        {
            var person = await HospitalMessages.Become_a_record(city);
            var (code, text) = await city.Platform.Verb("cards", "issue", "--id-number", person.IdNumber, "--balance", $"{Loaded}", "--image", Path.Combine(city.Platform.Data, "chips", Image));
            if (code != 0) throw new InvalidOperationException(text);
            var desk = await Desk.Of(city);
            await desk.Insert(Image);
            int settled = 0, open = 0;
            var slowest = TimeSpan.Zero;
            for (var kill = from; kill <= kills && !ct.IsCancellationRequested; kill++)
            {
                var random = new Random(unchecked(seed * 31 + kill));
                var target = (string[])["host", "agent", "database"];
                var victim = target[random.Next(3)];
                var clock = Stopwatch.StartNew();
                var visit = Begin(desk, random.Next(4));
                await Task.WhenAny(visit, Task.Delay(random.Next(400), CancellationToken.None));
                await Kill(city, victim, desks, log, ct);
                await visit;
                clock.Restart();
                var isSettled = await desk.Finish(Image, Fees, Patience);
                slowest = clock.Elapsed > slowest ? clock.Elapsed : slowest;
                if (isSettled) settled++;
                else open++;
                await log.WriteLineAsync($"{kill,4}/{kills}  killed {victim}, {(isSettled ? "settled" : "not settled")} {clock.Elapsed.TotalSeconds:0.0} s after it was back");
            }
            await using var database = NpgsqlDataSource.Create(city.Platform.ConnectionString);
            var evidence = new Evidence(sql => Rows(database, sql), party => party switch { Party.Insurer => city.Insurer, Party.CityCard => city.CityCard, Party.His => city.Hospital, _ => city.Acquirer }, [await Chip(city, desk)]);
            var result = await SettlementOracle.Compare(evidence);
            foreach (var finding in result.Findings.Take(40)) await log.WriteLineAsync($"  {finding}");
            await log.WriteLineAsync(
                $"{settled + open} kills of host, agent or database: {settled} settled, {open} not; {result.Doubled} doubled, {result.Lost} lost, {result.Differing} differing between ledgers, {result.Listed} on the work list, {result.Undecided} undecided and on no list; slowest {slowest.TotalSeconds:0.0} s");
            return result.IsClean && open == 0;
        }
        finally
        {
            foreach (var desk in desks.Where(desk => !desk.HasExited)) desk.Kill();
            await city.DisposeAsync();
        }
    }

    /// <summary>A clerk's hands on the way to a settled visit; how far they get before the kill is chance.</summary>
    private static async Task Begin(Desk desk, int steps)
    {
        try
        {
            await desk.Do("register", new { departmentCode = "0300" });
            if (steps > 0) await desk.Do("pre-settlement", new { feeLines = Fees });
            if (steps > 1) await desk.Do("pay", new { });
        }
        catch (Exception cut) when (cut is HttpRequestException or IOException or OperationCanceledException or Xunit.Sdk.XunitException)
        {
            // Killed in the middle: that is what it is about.
        }
    }

    private static async Task Kill(Day.City city, string victim, List<Process> desks, TextWriter log, CancellationToken ct)
    {
        switch (victim)
        {
            case "host":
                await city.Platform.Kill();
                foreach (var desk in desks.Where(desk => !desk.HasExited)) desk.Kill();
                desks.Clear();
                await city.Platform.StartAgain(log, ct);
                break;
            case "agent":
                desks.Add(await city.Platform.RestartDesk());
                break;
            default:
                city.Platform.KillDatabase();
                break;
        }
    }

    private static async Task<ChipBook> Chip(Day.City city, Desk desk)
    {
        var company = await city.CityCard.GetFromJsonAsync<JsonElement>("control/ledger");
        var purse = company.GetProperty("purses").EnumerateArray().Single();
        return new ChipBook(purse.GetProperty("chipSerial").GetString()!, purse.GetProperty("purseNo").GetString()!, Loaded - await desk.BalanceFen());
    }

    private static async Task<List<object[]>> Rows(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        List<object[]> rows = [];
        while (await reader.ReadAsync())
        {
            var row = new object[reader.FieldCount];
            reader.GetValues(row);
            rows.Add(row);
        }
        return rows;
    }
}
