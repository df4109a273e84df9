using Deque.AxeCore.Playwright;
using Health.Contracts;
using Health.IntegrationTests.Platform;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Health.ConsoleTests;

public sealed class The_day_on_the_console(Database database, Browser browser)
{
    [Fact]
    public async Task shows_what_the_notices_say_after_signing_in()
    {
        var page = await browser.NewPage();
        var asked = new List<string>();
        page.Request += (_, request) => asked.Add(request.Url);
        var region = new TestRegion();
        await using var host = await ConsoleHost.Start(database, services => services.AddSingleton<IDirectory>(region));
        var now = TimeProvider.System.GetUtcNow();
        var seen = new MessageProcessed(Guid.NewGuid(), now, TestRegion.Hospital.Code, "ADT^A04", "accepted");
        // The first notice comes twice: it counts once.
        await host.Publish(seen, seen,
            new MessageProcessed(Guid.NewGuid(), now, TestRegion.Hospital.Code, "ORU^R01", "accepted"),
            new MessageProcessed(Guid.NewGuid(), now, TestRegion.Hospital.Code, "ORU^R01", "quarantined"),
            new CardIssued(Guid.NewGuid(), now, TestRegion.Centre.Code, "510704", "r1", true),
            new VisitRegistered(Guid.NewGuid(), now, TestRegion.Centre.Code, "v1", "r1", "card"),
            new VisitRegistered(Guid.NewGuid(), now, TestRegion.Centre.Code, "v2", "r2", "window"),
            new VisitSettled(Guid.NewGuid(), now, TestRegion.Centre.Code, "v1", "r1", "card", new Fen(1205), new Fen(700), new Fen(305), new Fen(200)),
            new PaymentOutcomeChanged(Guid.NewGuid(), now, TestRegion.Centre.Code, "v3", "unknown"));

        await host.SignIn(page);
        await Expect(Tile(page, "messages")).ToContainTextAsync("2");
        await Expect(page.Locator($"[data-panel=messages] [data-institution={TestRegion.Hospital.Code}]")).ToHaveTextAsync("绵阳市演示中心医院21");
        await Expect(Tile(page, "registrations")).ToContainTextAsync("1 / 2 (50.0%)");
        await Expect(Tile(page, "settlements")).ToContainTextAsync("1 / 1 (100.0%)");
        await Expect(Tile(page, "money").Locator(".value")).ToHaveTextAsync("¥12.05");
        await Expect(Tile(page, "money")).ToContainTextAsync("¥7.00");
        await Expect(Tile(page, "cards").Locator(".value")).ToHaveTextAsync("1");
        await Expect(page.Locator("[data-county='510704']")).ToContainTextAsync("已隐去");
        await Expect(Tile(page, "live")).ToContainTextAsync("严格 0 / 2 · 宽松 1 / 2");
        await Expect(Tile(page, "undecided").Locator(".value")).ToHaveTextAsync("1");
        await Expect(page.Locator("[data-as-of]")).ToContainTextAsync("数据截至");

        // It follows by itself.
        await host.Publish(new PaymentOutcomeChanged(Guid.NewGuid(), now.AddSeconds(1), TestRegion.Centre.Code, "v3", "not-charged"));
        await Expect(Tile(page, "undecided").Locator(".value")).ToHaveTextAsync("0", new LocatorAssertionsToHaveTextOptions { Timeout = 60_000 });

        var findings = await page.RunAxe();
        Assert.Empty(findings.Violations.Where(violation => violation.Impact is "critical" or "serious").Select(violation => $"{violation.Id}: {violation.Nodes[0].Html}"));
        Assert.All(asked.Where(url => !url.StartsWith("data:", StringComparison.Ordinal)), url => Assert.StartsWith(host.Address, url));
    }

    [Fact]
    public async Task says_so_when_the_register_is_not_here()
    {
        var page = await browser.NewPage();
        await using var host = await ConsoleHost.Start(database);
        await host.SignIn(page);
        await Expect(page.Locator("[data-missing=directory]")).ToBeVisibleAsync();
        await page.GotoAsync(host.Address + "/console/residents");
        await Expect(page.Locator("[data-missing=broker]")).ToBeVisibleAsync();

        await page.ClickAsync("a[lang=en]");
        await Expect(page.Locator("h4")).ToContainTextAsync("The day");
        await page.ClickAsync("a[href='/console/sign-out']");
        await Expect(page.Locator("body")).ToContainTextAsync("You are signed out");
        await page.GotoAsync(host.Address + "/console");
        await Expect(page.Locator("#password")).ToBeVisibleAsync();
    }

    private static ILocator Tile(IPage page, string name) => page.Locator($"[data-tile={name}]");
}
