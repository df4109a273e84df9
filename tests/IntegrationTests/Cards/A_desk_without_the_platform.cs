using System.Net;
using System.Text.Json;
using Health.CardAgent.Desk;
using Health.Cards;

namespace Health.IntegrationTests.Cards;

/// <summary>The line is cut: the desk reads, registers and takes money from the purse alone, and everything comes back later.</summary>
public sealed class A_desk_without_the_platform
{
    [Fact]
    public async Task registers_and_charges_alone_and_uploads_when_the_line_is_back()
    {
        await using var clinic = await Alone();
        (await clinic.Register()).EnsureSuccessStatusCode();
        (await clinic.PreSettle()).EnsureSuccessStatusCode();
        (await clinic.Pay()).EnsureSuccessStatusCode();
        var visit = clinic.Feed.Now.Visit!;
        Assert.True(visit is { Stage: VisitStage.Settled, IsOffline: true, FundFen: 0, SelfFen: 6_680 }, visit.ToString());
        Assert.Contains("离线收费", visit.Receipt);
        Assert.Equal(50_000 - 6_680, clinic.Chip.Purse.BalanceFen);
        Assert.Empty(clinic.Platform.Journal);
        Assert.Empty(clinic.Platform.Visits);

        clinic.Platform.Away = false;
        await clinic.Until(view => view.Offline is { Waiting: 0, IsDown: false });
        Assert.Equal([OfflineKinds.Registered, OfflineKinds.Intended, OfflineKinds.Decided], clinic.Platform.Journal.Select(entry => entry.Kind));
        Assert.All(clinic.Platform.Journal, entry => Assert.DoesNotContain(Chips.Name, entry.Body));
        var registered = OfflineJson.TryRead<OfflineRegistration>(clinic.Platform.Journal[0].Body)!;
        var person = OfflineJson.TryRead<OfflinePerson>(Sm2Seal.Open(clinic.Platform.Seal, $"YXWS-01|{visit.VisitTx}|person", Convert.FromBase64String(registered.Person))!)!;
        Assert.Equal((Chips.Name, "510799199001010018", "male"), (person.Name, person.IdNumber, person.Sex));
        var outcome = OfflineJson.TryRead<OfflineOutcome>(clinic.Platform.Journal[2].Body)!;
        Assert.Equal(("debited", clinic.Chip.Purse.Last!.Tac), (outcome.Outcome, outcome.Tac));
    }

    [Theory]
    [InlineData(TearPoint.AfterExecution, "proved-charged", 6_680)]
    [InlineData(TearPoint.BeforeExecution, "proved-not-charged", 0)]
    public async Task decides_a_torn_debit_by_the_card_and_never_by_a_second_debit(TearPoint point, string outcome, long charged)
    {
        await using var clinic = await Alone();
        (await clinic.Register()).EnsureSuccessStatusCode();
        (await clinic.PreSettle()).EnsureSuccessStatusCode();
        await clinic.Tear(point);
        Assert.Equal(HttpStatusCode.Conflict, (await clinic.Pay()).StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, (await clinic.Pay()).StatusCode);
        await clinic.StopAgent();
        await clinic.StartAgent("--Agent:ChipImage=", $"--Agent:ChipFolder={clinic.Folder}");
        await clinic.Insert();
        await clinic.Until(view => view is { Undecided.Count: 0, Unreported: 0, Visit.Stage: VisitStage.Settled or VisitStage.PreSettled });
        Assert.Equal(50_000 - charged, clinic.Chip.Purse.BalanceFen);
        clinic.Platform.Away = false;
        await clinic.Until(view => view.Offline is { Waiting: 0 });
        Assert.Equal(["unknown", outcome], clinic.Platform.Journal.Where(entry => entry.Kind == OfflineKinds.Decided).Select(entry => OfflineJson.TryRead<OfflineOutcome>(entry.Body)!.Outcome));
    }

    [Fact]
    public async Task takes_no_money_above_the_limits()
    {
        await using var clinic = await Alone("--Agent:OfflineSingleLimitFen=6000", "--Agent:OfflineDayLimitFen=6000");
        (await clinic.Register()).EnsureSuccessStatusCode();
        (await clinic.PreSettle()).EnsureSuccessStatusCode();
        var refused = await clinic.Pay();
        Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        Assert.Contains("限额", await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(50_000, clinic.Chip.Purse.BalanceFen);
        await clinic.StopAgent();

        await clinic.StartAgent("--Agent:OfflineSingleLimitFen=7000", "--Agent:OfflineDayLimitFen=7000");
        await clinic.Until(view => view is { Card.State: "offline", Message: not null });
        (await clinic.Pay()).EnsureSuccessStatusCode();
        (await clinic.Register()).EnsureSuccessStatusCode();
        (await clinic.PreSettle()).EnsureSuccessStatusCode();
        Assert.Contains("当日限额", await (await clinic.Pay()).Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(50_000 - 6_680, clinic.Chip.Purse.BalanceFen);
    }

    [Fact]
    public async Task that_was_never_registered_with_the_platform_does_nothing_alone()
    {
        await using var clinic = await Clinic.Open(startAgent: false);
        clinic.Platform.Away = true;
        await clinic.StartAgent();
        await clinic.Until(view => view is { Card.State: "offline", Message: not null });
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await clinic.Register()).StatusCode);
    }

    [Fact]
    public async Task writes_no_name_to_its_files_and_keeps_its_chain_over_a_restart()
    {
        await using var clinic = await Alone();
        (await clinic.Register()).EnsureSuccessStatusCode();
        (await clinic.PreSettle()).EnsureSuccessStatusCode();
        (await clinic.Pay()).EnsureSuccessStatusCode();
        await clinic.StopAgent();
        foreach (var file in Directory.GetFiles(Path.Combine(clinic.Folder, "agent"), "*", SearchOption.AllDirectories))
        {
            var text = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
            Assert.DoesNotContain(Chips.Name, text);
            Assert.DoesNotContain("510799199001010018", text);
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }
        var journal = Path.Combine(clinic.Folder, "agent", "offline", "offline.journal");
        Assert.Equal([1, 2, 3], (await File.ReadAllLinesAsync(journal, TestContext.Current.CancellationToken)).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("seq").GetInt64()));
        clinic.Platform.Away = false;
        await clinic.StartAgent();
        await clinic.Until(view => view.Offline is { Waiting: 0, IsReady: true });
        Assert.Equal(3, clinic.Platform.Journal.Count);
    }

    /// <summary>A desk that was ready, with a card in its reader, when the line was cut.</summary>
    internal static async Task<Clinic> Alone(params string[] settings)
    {
        var clinic = await Clinic.Open(startAgent: false);
        await clinic.StartAgent(settings);
        await clinic.ReadyToBeAlone();
        clinic.Platform.Away = true;
        (await clinic.Http.PostAsync("/chip/remove", null)).EnsureSuccessStatusCode();
        await clinic.Insert();
        await clinic.Until(view => view is { Card: { State: "offline", Present: true }, Message: not null });
        return clinic;
    }
}
