using System.Net;
using System.Net.Http.Json;
using Health.Cards;

namespace Health.IntegrationTests.Cards;

public sealed class A_load_at_the_desk
{
    [Theory]
    [InlineData(TearPoint.AfterExecution, "loaded", 52_000)]
    [InlineData(TearPoint.BeforeExecution, "not-loaded", 50_000)]
    public async Task that_is_torn_is_decided_by_the_card_when_it_is_back(TearPoint point, string outcome, long balance)
    {
        await using var clinic = await Clinic.Open();
        await clinic.Identified();
        await clinic.Tear(point, "52");
        Assert.Equal(HttpStatusCode.Conflict, (await Load(clinic)).StatusCode);
        Assert.Empty(clinic.Platform.LoadOutcomes);
        // No second load while the first is open.
        Assert.Equal(HttpStatusCode.Conflict, (await Load(clinic)).StatusCode);
        await clinic.StopAgent();
        await clinic.StartAgent();
        await clinic.Identified();
        Assert.Equal(HttpStatusCode.Conflict, (await clinic.Http.PostAsJsonAsync("/api/visit/pay", new { }, TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(outcome, Assert.Single(clinic.Platform.LoadOutcomes).Value.State);
        Assert.Equal(balance, clinic.Chip.Purse.BalanceFen);
        (await Load(clinic)).EnsureSuccessStatusCode();
        Assert.Equal(balance + 2_000, clinic.Chip.Purse.BalanceFen);
    }

    [Fact]
    public async Task whose_answer_the_platform_lost_is_asked_again_on_the_same_card()
    {
        await using var clinic = await Clinic.Open();
        await clinic.Identified();
        clinic.Platform.Deaf["/purse/loads"] = 0;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await Load(clinic)).StatusCode);
        clinic.Platform.Deaf.Clear();
        Assert.Equal("not-loaded", Assert.Single(clinic.Platform.LoadOutcomes).Value.State);
        (await Load(clinic)).EnsureSuccessStatusCode();
        Assert.Equal(52_000, clinic.Chip.Purse.BalanceFen);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-2_000)]
    [InlineData(50_001)]
    [InlineData(4_294_967_297)]
    public async Task of_a_senseless_amount_is_refused(long fen)
    {
        await using var clinic = await Clinic.Open();
        await clinic.Identified();
        Assert.Equal(HttpStatusCode.BadRequest, (await Load(clinic, fen)).StatusCode);
        Assert.Empty(clinic.Platform.Loads);
    }

    private static Task<HttpResponseMessage> Load(Clinic clinic, long fen = 2_000) => clinic.Http.PostAsJsonAsync("/api/purse/load", new { amountFen = fen }, TestContext.Current.CancellationToken);
}
