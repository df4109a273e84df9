using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Health.SimulationTests.Day;

/// <summary>One visit at the desk's own page, by its keys alone, as a clerk works: F2, F3, F4, Esc.</summary>
public static class DeskPageVisit
{
    /// <summary>Returns the visit's total in fen.</summary>
    public static async Task<long> Is_driven_by_the_keyboard(City city, Desk desk, IPage page)
    {
        await page.GotoAsync(city.Desk.BaseAddress!.AbsoluteUri);
        await desk.Remove();
        await desk.Insert("resident.json");
        await Expect(page.Locator("#state")).ToHaveTextAsync("正常");
        // The name is masked until the clerk asks for it: others look at the screen too.
        await Expect(page.Locator("#name")).Not.ToContainTextAsync(Person.Resident.Name);
        await page.Keyboard.PressAsync("F8");
        await Expect(page.Locator("#name")).ToHaveTextAsync(Person.Resident.Name);
        var before = await desk.BalanceFen();

        await Press(page, "F2", "register");
        await Expect(page.Locator("#stage")).ToHaveTextAsync("已挂号");
        await Press(page, "F3", "presettle");
        await Expect(page.Locator("#stage")).ToHaveTextAsync("已预结算");
        var total = await Fen(page, "total");
        var self = await Fen(page, "self");
        Assert.Equal(total, await Fen(page, "fund") + await Fen(page, "account") + self);
        await Press(page, "F4", "pay");
        await Expect(page.Locator("#stage")).ToHaveTextAsync("已结算");

        var receipt = page.Locator("#receipt");
        await Expect(receipt).ToContainTextAsync("游仙区演示镇卫生院");
        await Expect(receipt).ToContainTextAsync(new System.Text.RegularExpressions.Regex($@"合计（元）\s+{total / 100}\.{total % 100:D2}\s"));
        await Expect(receipt).Not.ToContainTextAsync(Person.Resident.Name);
        Assert.Equal(before - self, await desk.BalanceFen());
        await Expect(page.Locator("#balance")).ToHaveTextAsync(Yuan(before - self));
        await The_day_in_the_browser.Picture(page, "desk.png");

        await Press(page, "Escape", "close");
        await Expect(page.Locator("#stage")).ToHaveTextAsync("尚未挂号");
        return total;
    }

    private static async Task Press(IPage page, string key, string button)
    {
        await Expect(page.Locator($"#{button}")).ToBeEnabledAsync();
        await page.Keyboard.PressAsync(key);
    }

    private static async Task<long> Fen(IPage page, string part)
    {
        var text = await page.Locator($"#{part}").InnerTextAsync();
        return long.Parse(text.Replace(" 元", "", StringComparison.Ordinal).Replace(".", "", StringComparison.Ordinal));
    }

    private static string Yuan(long fen) => $"{fen / 100}.{fen % 100:D2} 元";
}
