using System.Text.RegularExpressions;
using Health.CardAgent.Desk;
using Health.Cards;
using Health.ConsoleTests;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Health.IntegrationTests.Cards;

/// <summary>The clerk's page and the kiosk in a real browser, by their keys alone.</summary>
public sealed class The_page_of_the_desk(Browser browser, A_virtual_reader reader)
{
    [Fact]
    public async Task serves_a_card_on_a_reader_with_several_tenders_and_a_reversal()
    {
        await using var loan = await reader.Take();
        await using var clinic = await Clinic.Open("pcsc");
        await loan.Chip.Insert(clinic.Image, TestContext.Current.CancellationToken);
        var page = await Page(clinic, "/");
        await Expect(page.Locator("#state")).ToHaveTextAsync("正常");
        await Press(page, "F2", "register");
        await Expect(page.Locator("#stage")).ToHaveTextAsync("已挂号");
        await Press(page, "F3", "presettle");
        await Expect(page.Locator("#self")).ToHaveTextAsync("21.80 元");

        await Press(page, "F6", "tenders");
        await page.Keyboard.TypeAsync("10.00");
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.TypeAsync("5");
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.TypeAsync("6.80");
        await Expect(page.Locator("#tender-left")).ToHaveTextAsync("0.00 元");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#legs li")).ToHaveCountAsync(3);

        // The purse's part is debited and the rest is still to be collected: nothing is settled.
        await Press(page, "F4", "pay");
        await Expect(page.Locator("#message")).ToContainTextAsync("还有未收到的支付方式");
        Assert.Equal(50_000 - 1_000, clinic.Chip.Purse.BalanceFen);
        await page.FillAsync("#code-2", "134567890123456789");
        await page.Keyboard.PressAsync("Alt+Digit2");
        await Expect(page.Locator("#legs li").Nth(1)).ToContainTextAsync("已收");
        await page.Keyboard.PressAsync("Alt+Digit3");
        await Expect(page.Locator("#legs li").Nth(2)).ToContainTextAsync("已收");
        await Press(page, "F4", "pay");
        await Expect(page.Locator("#stage")).ToHaveTextAsync("已结算");
        await Expect(page.Locator("#receipt")).ToContainTextAsync(new Regex(@"移动支付）\s+5\.00"));
        Assert.Equal(50_000 - 1_000, clinic.Chip.Purse.BalanceFen);
        await Picture(page, "desk.png");

        await Press(page, "F7", "reverse");
        await page.Keyboard.TypeAsync("开错项目");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#stage")).ToHaveTextAsync("已退费");
        Assert.Equal("开错项目", clinic.Platform.Visits.Values.Single().Reversed);
        await Press(page, "Escape", "close");
        await Expect(page.Locator("#stage")).ToHaveTextAsync("尚未挂号");
    }

    [Fact]
    public async Task shows_where_the_keyboard_is_and_speaks_both_languages()
    {
        await using var clinic = await Clinic.Open();
        await clinic.Identified();
        var page = await Page(clinic, "/");
        await Expect(page.Locator("#register")).ToBeEnabledAsync();
        await page.Keyboard.PressAsync("Tab");
        Assert.Equal("solid", await page.EvaluateAsync<string>("getComputedStyle(document.activeElement).outlineStyle"));
        await page.Keyboard.PressAsync("Alt+l");
        await Expect(page.Locator("#register")).ToContainTextAsync("Register");
        await page.Keyboard.PressAsync("Alt+l");
        await Expect(page.Locator("#register")).ToContainTextAsync("挂号");
        var rows = await page.Locator("#fees tbody tr").CountAsync();
        await page.Keyboard.PressAsync("Alt+n");
        await Expect(page.Locator("#fees tbody tr")).ToHaveCountAsync(rows + 1);
    }

    [Fact]
    public async Task says_when_it_works_alone_and_how_old_its_blacklist_is()
    {
        await using var clinic = await Clinic.Open();
        await clinic.ReadyToBeAlone();
        var page = await Page(clinic, "/");
        await Expect(page.Locator("#offline")).ToBeHiddenAsync();
        clinic.Platform.Away = true;
        (await clinic.Http.PostAsync("/chip/remove", null, TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();
        await clinic.Insert();
        await Expect(page.Locator("#offline")).ToContainTextAsync("网络中断");
        await Expect(page.Locator("#offline")).ToContainTextAsync("黑名单");
        await Press(page, "F2", "register");
        await Expect(page.Locator("#number")).ToContainTextAsync("离线");
        await Press(page, "F3", "presettle");
        await Press(page, "F4", "pay");
        await Expect(page.Locator("#stage")).ToHaveTextAsync("已结算");
        await Expect(page.Locator("#offline")).ToContainTextAsync("待上传 3 条");
        await Picture(page, "desk-offline.png");
        clinic.Platform.Away = false;
        await Expect(page.Locator("#offline")).ToBeHiddenAsync();
    }

    [Fact]
    public async Task trains_with_a_virtual_card_and_tells_nobody()
    {
        await using var clinic = await Clinic.Open(startAgent: false);
        await clinic.StartAgent("--Agent:Training=true");
        var page = await Page(clinic, "/");
        await Expect(page.Locator("#training")).ToContainTextAsync("培训模式");
        await Expect(page.Locator("#state")).ToHaveTextAsync("正常");
        await Press(page, "F2", "register");
        await Press(page, "F3", "presettle");
        await Press(page, "F4", "pay");
        await Expect(page.Locator("#stage")).ToHaveTextAsync("已结算");
        await Expect(page.Locator("#receipt")).ToContainTextAsync("培训");
        await Press(page, "F1", "chip");
        await Expect(page.Locator("#state")).ToContainTextAsync("卡片已取走");
        await Picture(page, "desk-training.png");
        Assert.Equal(0, clinic.Platform.Requests);
        Assert.Equal(50_000, clinic.Chip.Purse.BalanceFen);
    }

    [Fact]
    public async Task of_the_kiosk_registers_answers_and_loads_by_number_keys()
    {
        await using var clinic = await Clinic.Open();
        await clinic.Identified();
        var page = await Page(clinic, "/kiosk");
        await Expect(page.Locator("#holder")).ToContainTextAsync("张*试");
        await page.Keyboard.PressAsync("1");
        await Expect(page.Locator("#message")).ToContainTextAsync("挂号成功");
        await page.Keyboard.PressAsync("2");
        await Expect(page.Locator("#answer")).ToContainTextAsync("500.00");
        await page.Keyboard.PressAsync("4");
        await page.Keyboard.TypeAsync("50.00");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#message")).ToContainTextAsync("余额 550.00");
        Assert.Equal(55_000, clinic.Chip.Purse.BalanceFen);
        Assert.Equal("loaded", Assert.Single(clinic.Platform.LoadOutcomes).Value.State);
        (await clinic.PreSettle()).EnsureSuccessStatusCode();
        await Expect(page.Locator("#k3")).ToBeEnabledAsync();
        await page.Keyboard.PressAsync("3");
        await Expect(page.Locator("#message")).ToContainTextAsync("已缴费 21.80");
        Assert.DoesNotContain(Chips.Name, await page.ContentAsync());
        await Picture(page, "kiosk.png");
    }

    private async Task<IPage> Page(Clinic clinic, string path)
    {
        var page = await browser.NewPage();
        await page.Context.SetExtraHTTPHeadersAsync(new Dictionary<string, string> { ["Authorization"] = $"Bearer {clinic.Token}" });
        await page.GotoAsync(new Uri(clinic.Http.BaseAddress!, path).AbsoluteUri);
        return page;
    }

    private static async Task Press(IPage page, string key, string button)
    {
        await Expect(page.Locator($"#{button}")).ToBeEnabledAsync();
        await page.Keyboard.PressAsync(key);
    }

    /// <summary>A picture for the documentation, where one is asked for (<c>HEALTH_SCREENSHOTS=1</c>).</summary>
    private static async Task Picture(IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable("HEALTH_SCREENSHOTS") != "1") return;
        await page.SetViewportSizeAsync(1366, 940);
        await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(Conformance.StoredFacts.Folder, "..", "docs", "images", name) });
    }
}
