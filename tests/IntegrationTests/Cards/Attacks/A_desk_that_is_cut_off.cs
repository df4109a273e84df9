using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Health.CardAgent.Desk;
using Health.Cards;

namespace Health.IntegrationTests.Cards.Attacks;

/// <summary>Somebody cuts the line on purpose, with a card that would not be taken, a clock that was set, a list or a journal that was changed.</summary>
public sealed class A_desk_that_is_cut_off
{
    [Theory]
    [InlineData("purse")]
    [InlineData("chip")]
    public async Task takes_nothing_from_a_blacklisted_card(string what)
    {
        await using var clinic = await Clinic.Open(startAgent: false);
        clinic.Platform.Block(TimeProvider.System.GetUtcNow(), what == "purse" ? BlacklistKey.OfPurse(Chips.PurseNo) : BlacklistKey.OfChip(Chips.Serial));
        await Alone(clinic);
        var refused = await clinic.Register();
        Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        Assert.Contains("黑名单", await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(50_000, clinic.Chip.Purse.BalanceFen);
    }

    [Fact]
    public async Task takes_nothing_by_a_list_that_is_too_old()
    {
        await using var clinic = await Clinic.Open(startAgent: false);
        clinic.Platform.Block(TimeProvider.System.GetUtcNow() - TimeSpan.FromHours(25));
        await Alone(clinic);
        await IsRefused(clinic, "24 小时");
    }

    [Fact]
    public async Task takes_nothing_when_the_clock_was_set_back_so_that_an_old_list_looks_fresh()
    {
        await using var clinic = await Clinic.Open(startAgent: false);
        await Alone(clinic);
        (await clinic.Register()).EnsureSuccessStatusCode();
        (await clinic.PreSettle()).EnsureSuccessStatusCode();
        clinic.Clock.Offset = TimeSpan.FromHours(-30);
        var refused = await clinic.Pay();
        Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        Assert.Contains("时钟", await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(50_000, clinic.Chip.Purse.BalanceFen);
        clinic.Clock.Offset = TimeSpan.Zero;
        (await clinic.Pay()).EnsureSuccessStatusCode();
    }

    [Fact]
    public async Task remembers_the_time_over_a_restart()
    {
        await using var clinic = await Clinic.Open(startAgent: false);
        await Alone(clinic);
        (await clinic.Register()).EnsureSuccessStatusCode();
        (await clinic.PreSettle()).EnsureSuccessStatusCode();
        await clinic.StopAgent();
        clinic.Clock.Offset = TimeSpan.FromHours(-30);
        await clinic.StartAgent();
        await clinic.Until(view => view is { Card.State: "offline", Message: not null, Offline.ClockWrong: true });
        var refused = await clinic.Pay();
        Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        Assert.Contains("时钟", await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(50_000, clinic.Chip.Purse.BalanceFen);
    }

    [Fact]
    public async Task believes_no_list_of_another_signer_and_none_that_was_altered()
    {
        await using var clinic = await Clinic.Open(startAgent: false);
        await clinic.StartAgent($"--Agent:BlacklistKey={Convert.ToHexString(Sm2KeyPair.Generate().Public.Bytes.Span)}");
        await clinic.Until(view => view.Offline is { IsReady: true, ListAgeMinutes: null, Trouble: not null });
        await clinic.StopAgent();

        await clinic.StartAgent();
        await clinic.ReadyToBeAlone();
        await clinic.StopAgent();
        var file = Path.Combine(clinic.Folder, "agent", "offline", "blacklist");
        var bytes = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(file, bytes, TestContext.Current.CancellationToken);
        clinic.Platform.Away = true;
        await clinic.StartAgent();
        await clinic.Until(view => view is { Card.State: "offline", Message: not null });
        await IsRefused(clinic, "没有黑名单");
    }

    [Fact]
    public async Task does_not_start_on_a_journal_that_was_altered()
    {
        await using var clinic = await Clinic.Open(startAgent: false);
        await Alone(clinic);
        (await clinic.Register()).EnsureSuccessStatusCode();
        (await clinic.PreSettle()).EnsureSuccessStatusCode();
        (await clinic.Pay()).EnsureSuccessStatusCode();
        await clinic.StopAgent();
        var file = Path.Combine(clinic.Folder, "agent", "offline", "offline.journal");
        var lines = await File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken);
        var entry = JsonNode.Parse(lines[1])!;
        entry["body"] = entry["body"]!.GetValue<string>().Replace("6680", "1", StringComparison.Ordinal);
        await File.WriteAllLinesAsync(file, [lines[0], entry.ToJsonString(new JsonSerializerOptions(JsonSerializerDefaults.Web)), lines[2]], TestContext.Current.CancellationToken);
        var failure = await Assert.ThrowsAnyAsync<Exception>(() => clinic.StartAgent());
        Assert.Contains("Line 2 of the offline journal was altered", failure.ToString());
    }

    private static async Task Alone(Clinic clinic)
    {
        await clinic.StartAgent();
        await clinic.ReadyToBeAlone();
        clinic.Platform.Away = true;
        (await clinic.Http.PostAsync("/chip/remove", null)).EnsureSuccessStatusCode();
        await clinic.Insert();
        await clinic.Until(view => view is { Card: { State: "offline", Present: true }, Message: not null });
    }

    private static async Task IsRefused(Clinic clinic, string reason)
    {
        (await clinic.Register()).EnsureSuccessStatusCode();
        (await clinic.PreSettle()).EnsureSuccessStatusCode();
        var refused = await clinic.Pay();
        Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        Assert.Contains(reason, await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(50_000, clinic.Chip.Purse.BalanceFen);
    }
}
