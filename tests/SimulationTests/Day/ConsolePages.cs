using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Health.SimulationTests.Day;

/// <summary>What the health commission sees of the day on the console, after signing in through the page of the identity module.</summary>
public static class ConsoleShows
{
    private const string Central = "MY510703H001", Centre = "MY510704W001";

    public static async Task The_day(City city, IPage page)
    {
        await page.GotoAsync($"{city.Platform.BaseUrl}/console");
        await page.FillAsync("#user", "commission");
        await page.FillAsync("#password", (await File.ReadAllTextAsync(Path.Combine(city.Platform.Data, "clients", "console-password"))).Trim());
        await page.ClickAsync("button[type=submit]");

        // Registration, report and DAY-1, sent twice and counted once; DAY-2 was quarantined, corrected and then accepted.
        await Expect(Messages(page, Central).Locator("td")).ToHaveTextAsync(["绵阳市演示中心医院", "4", "1"]);
        await Expect(Messages(page, Centre).Locator("td")).ToHaveTextAsync(["游仙区演示镇卫生院", "1", "0"]);

        await Expect(Of(page, "registrations")).ToContainTextAsync("3 / 3");
        await Settled(page, visits: 3, fen: 3 * 2800);
        await Expect(Value(page, "cards")).ToHaveTextAsync("1");
        await Expect(Of(page, "cards")).ToContainTextAsync("3,000,000");
        await Expect(page.Locator("[data-county='510704']")).ToContainTextAsync("296,941");
        await Expect(Of(page, "live")).ToContainTextAsync("宽松 1 /");
        await Expect(page.Locator($"[data-panel=institutions] [data-institution={Centre}]")).ToContainTextAsync("已起步");
        await Expect(Value(page, "undecided")).ToHaveTextAsync("0");
    }

    /// <summary>The page follows by itself.</summary>
    public static async Task One_more_visit(IPage page, long fen)
    {
        await Expect(Of(page, "registrations")).ToContainTextAsync("4 / 4");
        await Settled(page, visits: 4, fen: 3 * 2800 + fen);
        await The_day_in_the_browser.Picture(page, "console.png");
    }

    public static async Task Who_read_what_and_why(City city, IPage page, Person person)
    {
        await page.ClickAsync("a[href='console/residents']");
        await page.FillAsync("#value", person.IdNumber);
        await page.ClickAsync("button[type=submit]");
        var log = page.Locator("[data-panel=access-log] tbody tr");
        await Expect(log.Filter(With("demo-county")).Filter(With("三台县演示人民医院")).Filter(With("诊疗")).First).ToBeVisibleAsync();
        await Expect(log.Filter(With("demo-hospital")).Filter(With("绵阳市演示中心医院")).Filter(With("诊疗")).First).ToBeVisibleAsync();
        // The question itself is on record, and the number asked for is in no address.
        await Expect(log.Filter(With("user:commission")).First).ToBeVisibleAsync();
        Assert.DoesNotContain(person.IdNumber, page.Url, StringComparison.Ordinal);
        Assert.StartsWith(city.Platform.BaseUrl, page.Url, StringComparison.Ordinal);
        await The_day_in_the_browser.Picture(page, "console-access.png");
    }

    private static async Task Settled(IPage page, int visits, long fen)
    {
        await Expect(Of(page, "settlements")).ToContainTextAsync($"{visits} / {visits}");
        await Expect(Value(page, "money")).ToHaveTextAsync($"¥{fen / 100}.{fen % 100:D2}");
        var parts = (await Of(page, "money").InnerTextAsync()).Split('¥').Skip(1).Select(part => new string([.. part.TakeWhile(c => char.IsDigit(c) || c == '.')]));
        Assert.Equal(fen, parts.Sum(part => long.Parse(part.Replace(".", "", StringComparison.Ordinal))));
    }

    private static LocatorFilterOptions With(string text) => new() { HasText = text };

    private static ILocator Messages(IPage page, string institution) => page.Locator($"[data-panel=messages] [data-institution={institution}]");

    private static ILocator Value(IPage page, string tile) => page.Locator($"[data-tile={tile}] .value");

    private static ILocator Of(IPage page, string tile) => page.Locator($"[data-tile={tile}] .of");
}
