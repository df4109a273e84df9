namespace Health.SimulationTests.Day;

/// <summary>Point 6: the card is pulled in the middle of the debit; the outcome is unknown first, then proved, in both ways it can have gone.</summary>
public static class TornCard
{
    public static async Task Is_proved_when_it_is_back(City city, Desk desk)
    {
        await Pulled(desk, "AfterExecution", charged: true);
        await Pulled(desk, "BeforeExecution", charged: false);
    }

    private static async Task Pulled(Desk desk, string point, bool charged)
    {
        var before = await desk.BalanceFen();
        await desk.Do("register", new { departmentCode = "0300" });
        var split = (await desk.Do("pre-settlement", new { feeLines = CardVisit.Fees })).GetProperty("visit");
        var self = CardVisit.Fen(split, "selfFen");
        await desk.TearNextDebit(point);
        Assert.Contains("undecided", await desk.PayAndLoseTheCard(), StringComparison.Ordinal);
        await desk.Shows(state => state.GetProperty("undecided").GetArrayLength() == 1, $"an undecided debit after {point}");

        await desk.Insert("resident.json");
        await desk.Shows(state => state.GetProperty("undecided").GetArrayLength() == 0 && CardVisit.CardState(state) == "identified", "the debit decided");
        Assert.Equal(charged ? before - self : before, await desk.BalanceFen());
        // A proved debit settles by itself; a disproved one leaves the visit where it was, and the clerk lets the card pay again.
        if (!charged) await desk.Do("pay", new { });
        await desk.Shows(state => state.Text("visit", "stage").Equals("settled", StringComparison.OrdinalIgnoreCase), "the visit settled");
        Assert.Equal(before - self, await desk.BalanceFen());
        await desk.Do("close", new { });
    }
}
