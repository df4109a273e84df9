using System.Net.Http.Json;

namespace Health.SimulationTests.Settlements;

/// <summary>One per cent of the campaign of <c>./health test faults --area settlement</c>.</summary>
public sealed class A_settlement_under_faults
{
    [Fact]
    public async Task is_charged_once_and_all_ledgers_agree_to_the_fen()
    {
        await using var log = new StringWriter();
        var isClean = await SettlementFaults.Run(1, 100, seed: 510799, TextWriter.Synchronized(log), TestContext.Current.CancellationToken);
        Assert.True(isClean, log.ToString());
    }

    /// <summary>A comparison that finds nothing wrong in any case would prove nothing.</summary>
    [Fact]
    public async Task is_found_out_when_a_party_holds_one_fen_more_or_less()
    {
        await using var log = new StringWriter();
        var isClean = await SettlementFaults.Run(1, 2, seed: 510799, TextWriter.Synchronized(log), TestContext.Current.CancellationToken, async city =>
        {
            var visits = await city.Rows("select institution_code, visit_number from cards.visit order by 1");
            var order = $"{visits[0][0]}{visits[0][1]}9901";
            (await city.Outside(Party.Acquirer).Http.PostAsJsonAsync("orders", new { orderNo = order, channel = "mobile", amountFen = 1, authCode = "2864201357" })).EnsureSuccessStatusCode();
            (await city.Outside(Party.His).Http.PostAsJsonAsync("his/settlements", new { receiptNo = "stray", visitNo = visits[1][1], institutionCode = visits[1][0], totalFen = 1 })).EnsureSuccessStatusCode();
        });
        Assert.False(isClean, log.ToString());
        Assert.Contains("2 doubled, 0 lost, 2 differing", log.ToString(), StringComparison.Ordinal);
    }
}
