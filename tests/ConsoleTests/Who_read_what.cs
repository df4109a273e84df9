using Health.Contracts;
using Health.IntegrationTests.Platform;
using Microsoft.Extensions.DependencyInjection;
using static Microsoft.Playwright.Assertions;

namespace Health.ConsoleTests;

public sealed class Who_read_what(Database database, Browser browser)
{
    [Fact]
    public async Task is_answered_for_a_resident_found_by_identifier_and_put_on_record()
    {
        var page = await browser.NewPage();
        var region = new TestRegion();
        region.Recorded.Enqueue(new AuditFact(Guid.NewGuid(), TimeProvider.System.GetUtcNow(), "R", "read", 0, "client:demo-county", "demo-county", TestRegion.Hospital.Code, PurposeOfUse.TREAT, "q1")
        {
            ResidentId = TestRegion.Resident,
            Target = "Patient/abc",
        });
        await using var host = await ConsoleHost.Start(database, services => services
            .AddSingleton<IDirectory>(region).AddSingleton<IResidentIndex>(region).AddSingleton<IAccessLog>(region).AddSingleton<IAuditTrail>(region));
        await host.SignIn(page, "/console/residents");

        await page.FillAsync("#value", "510799199001010019");
        await page.ClickAsync("button[type=submit]");
        await Expect(page.Locator("[role=alert]")).ToContainTextAsync("不是有效的居民身份证号");
        await page.FillAsync("#value", "51079919850615002X");
        await page.ClickAsync("button[type=submit]");
        await Expect(page.Locator("[role=alert]")).ToContainTextAsync("没有居民");
        await page.FillAsync("#value", TestRegion.Known.Value);
        await page.ClickAsync("button[type=submit]");

        var log = page.Locator("[data-panel=access-log]");
        await Expect(log).ToContainTextAsync("client:demo-county");
        await Expect(log).ToContainTextAsync("绵阳市演示中心医院");
        await Expect(log).ToContainTextAsync("诊疗");
        await Expect(log).ToContainTextAsync("Patient/abc");
        await Expect(log).ToContainTextAsync("user:commission");
        Assert.DoesNotContain(TestRegion.Known.Value, page.Url);

        Assert.Equal(["read", "login", "resident-lookup", "resident-lookup", "access-log"], region.Recorded.Select(fact => fact.Interaction));
        var found = region.Recorded.Last(fact => fact.Interaction == "resident-lookup");
        Assert.Equal((TestRegion.Resident, "user:commission"), (found.ResidentId, found.Actor));
        Assert.DoesNotContain(TestRegion.Known.Value, found.Target ?? "");
    }
}
