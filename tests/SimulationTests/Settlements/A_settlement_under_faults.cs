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
}
