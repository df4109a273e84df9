using Health.ConsoleTests;
using Health.SimulationTests.Platform;
using Microsoft.Playwright;

namespace Health.SimulationTests.Day;

/// <summary>Point 7, and the desk's own page: the day as people see it, in a real browser. Skipped, and said so, where there is none.</summary>
[Collection(OneCity.Name)]
public sealed class The_day_in_the_browser(City city, Browser browser)
{
    [Fact(DisplayName = "a resident's day, seen on the console and at the desk")]
    public async Task Is_seen_by_the_commission_and_by_the_clerk()
    {
        Browser.SkipWithout();
        var desk = await city.Day;
        var commission = await browser.NewPage();
        var clerk = await browser.NewPage();
        await ConsoleShows.The_day(city, commission);
        var total = await DeskPageVisit.Is_driven_by_the_keyboard(city, desk, clerk);
        await ConsoleShows.One_more_visit(commission, total);
        await ConsoleShows.Who_read_what_and_why(city, commission, Person.Resident);
    }

    /// <summary>A picture for the documentation, where one is asked for (<c>HEALTH_SCREENSHOTS=1</c>).</summary>
    internal static async Task Picture(IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable("HEALTH_SCREENSHOTS") != "1") return;
        await page.SetViewportSizeAsync(1280, 900);
        await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(RunningPlatform.Root(), "docs", "images", name) });
    }
}
