using System.Net;
using System.Text.Json;
using Health.Cards;
using Npgsql;

namespace Health.IntegrationTests.CardBridge;

/// <summary>A desk comes back with its journal: the bridge takes it in order, once, with what follows; forged, doubled and missing entries are refused.</summary>
[Collection<BridgeCollection>]
public sealed class A_journal_of_a_desk_that_was_alone(BridgeHouse house)
{
    [Fact]
    public async Task becomes_a_visit_a_ledger_row_a_transaction_of_the_operator_and_an_Encounter()
    {
        var (desk, alone) = await Ready();
        var (visitTx, intent, tac) = await alone.Visit(desk, 3_000);
        await alone.UploadAll();
        Assert.Equal(3_000, await Scalar<long>("select amount_fen from cards.ledger where visit_tx = $1 and party = 'city-card' and state = 'decided' and tac = $2", visitTx, tac));
        Assert.Equal("paid", await Scalar<string>("select state from cards.offline_visit where visit_tx = $1", visitTx));
        await Until(async () => (await house.Company.Ledger()).GetProperty("debits").EnumerateArray().Any(debit => debit.GetProperty("transaction").GetProperty("tac").GetString() == tac && debit.GetProperty("accepted").GetBoolean()));
        await Until(async () => await Scalar<long>("select count(*) from cards.outbox where kind = 'offline-visit-record'") == 0);
        Assert.Equal(0, await Scalar<long>("select count(*) from cards.exception where visit_tx = $1", visitTx));

        // The whole journal again: nothing is doubled.
        await alone.UploadAll();
        Assert.Equal(1, await Scalar<long>("select count(*) from cards.ledger where visit_tx = $1", visitTx));
        Assert.Equal(3, await Scalar<long>("select count(*) from cards.offline_entry where visit_tx = $1", visitTx));
        Assert.Equal(intent.TermSeq, (uint)await Scalar<long>("select term_seq from cards.purse_transaction where visit_tx = $1", visitTx));
    }

    [Fact]
    public async Task with_a_gap_is_refused_with_the_number_that_is_missing()
    {
        var (desk, alone) = await Ready();
        await alone.Visit(desk, 1_000);
        var (status, body) = await alone.Upload([.. alone.Entries.Skip(1)]);
        Assert.Equal((HttpStatusCode.Conflict, 1), (status, body.GetProperty("expected").GetInt64()));
        await alone.Upload([alone.Entries[0]]);
        (status, body) = await alone.Upload([alone.Entries[2]]);
        Assert.Equal((HttpStatusCode.Conflict, 2), (status, body.GetProperty("expected").GetInt64()));
        await alone.UploadAll();
    }

    [Fact]
    public async Task that_is_forged_is_refused_and_nothing_of_it_is_written()
    {
        var (desk, alone) = await Ready();
        var (visitTx, _, _) = await alone.Visit(desk, 1_000);
        var good = alone.Entries;
        var thief = Sm2KeyPair.Generate();
        foreach (var forged in (OfflineEntry[])
        [
            good[0] with { Body = good[0].Body.Replace("0300", "0400", StringComparison.Ordinal) },
            good[0] with { At = good[0].At.AddHours(-1) },
            good[0] with { Signature = new string('0', 128) },
            OfflineChain.Next(OfflineHead.Start, alone.DeskId, good[0].At, good[0].Kind, good[0].VisitTx, good[0].Body, thief),
            good[0] with { Previous = new string('1', 64) },
            good[0] with { DeskId = "another-desk" },
        ])
        {
            var (status, body) = await alone.Upload([forged]);
            Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
            Assert.StartsWith("entries[0].", body.GetProperty("expression").GetString(), StringComparison.Ordinal);
        }
        Assert.Equal(0, await Scalar<long>("select count(*) from cards.offline_entry where desk_id = $1", alone.DeskId));
        await alone.UploadAll();
        Assert.Equal("paid", await Scalar<string>("select state from cards.offline_visit where visit_tx = $1", visitTx));
    }

    [Fact]
    public async Task that_was_forked_is_refused_and_a_person_is_told()
    {
        var (desk, alone) = await Ready();
        await alone.Visit(desk, 1_000);
        await alone.UploadAll();
        var other = OfflineChain.Next(OfflineHead.Start, alone.DeskId, alone.Entries[0].At, OfflineKinds.Registered, "fork|20261124|L1", alone.Entries[0].Body, alone.Key);
        Assert.Equal(HttpStatusCode.Conflict, (await alone.Upload([other])).Status);
        Assert.Equal(1, await Scalar<long>("select count(*) from cards.exception where kind = 'offline-journal-forked' and detail like $1", $"%{alone.DeskId}%"));
    }

    [Fact]
    public async Task of_a_card_reported_lost_meanwhile_keeps_the_money_true_and_tells_a_person()
    {
        var (desk, alone) = await Ready();
        var (visitTx, _, _) = await alone.Visit(desk, 1_000);
        Assert.Equal(HttpStatusCode.OK, (await BridgeHouse.Call(house.Operator, $"card/cards/{desk.IdNumber}/loss", new { })).Status);
        await alone.UploadAll();
        Assert.Equal(1_000, await Scalar<long>("select amount_fen from cards.ledger where visit_tx = $1", visitTx));
        Assert.Equal(1, await Scalar<long>("select count(*) from cards.exception where visit_tx = $1 and kind = 'offline-card-lost'", visitTx));
    }

    [Fact]
    public async Task whose_code_does_not_prove_the_debit_leaves_it_unknown()
    {
        var (desk, alone) = await Ready();
        var (visitTx, _, _) = await alone.Visit(desk, 1_000, tac: "DEADBEEF");
        await alone.UploadAll();
        Assert.Equal("unknown", await Scalar<string>("select state from cards.ledger where visit_tx = $1", visitTx));
        Assert.Equal(1, await Scalar<long>("select count(*) from cards.exception where visit_tx = $1 and kind = 'offline-tac-does-not-verify'", visitTx));
    }

    [Fact]
    public async Task of_another_key_needs_a_persons_release()
    {
        var (_, alone) = await Ready();
        var second = new DeskAlone(house, alone.DeskId);
        Assert.Equal(HttpStatusCode.Conflict, (await second.Register()).Status);
        using var released = await house.Operator.PostAsync($"card/desks/{alone.DeskId}/journal-key/release", null, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NoContent, released.StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await second.Register()).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await alone.Register()).Status);
    }

    [Fact]
    public async Task gets_numbers_that_nobody_else_gets()
    {
        var (_, one) = await Ready();
        var (_, two) = await Ready();
        var day = new DateOnly(2026, 1, 1);
        var blocks = await Task.WhenAll(Enumerable.Range(1, 6).Select(block => (block % 2 == 0 ? one : two).Numbers(block)));
        var numbers = blocks.SelectMany(block => Enumerable.Range(block.First, block.Last - block.First + 1)).ToList();
        Assert.Equal(numbers.Count, numbers.Distinct().Count());
        Assert.Equal(blocks[1], await one.Numbers(2));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await BridgeHouse.Call(one.Http, $"card/desks/{one.DeskId}/offline-numbers", new { day, block = 1 })).Status);
    }

    private async Task<(TestDesk Desk, DeskAlone Alone)> Ready()
    {
        var desk = await house.ResidentAtTheDesk();
        var alone = new DeskAlone(house, $"alone-{Guid.NewGuid():N}"[..20]);
        Assert.Equal(HttpStatusCode.OK, (await alone.Register()).Status);
        return (desk, alone);
    }

    private async Task<T> Scalar<T>(string sql, params object[] values)
    {
        await using var connection = new NpgsqlConnection(house.Host.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        return (T)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken) ?? throw new InvalidOperationException($"No row: {sql}"));
    }

    private static async Task Until(Func<Task<bool>> holds)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (!await holds()) await timer.WaitForNextTickAsync(limit.Token);
    }
}
