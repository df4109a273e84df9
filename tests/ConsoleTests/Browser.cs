using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(Health.ConsoleTests.Browser))]

namespace Health.ConsoleTests;

/// <summary>The distribution's chromium, one for the whole run. Where there is none, browser tests are skipped and say so.</summary>
public sealed class Browser : IAsyncLifetime
{
    public const string Chromium = "/usr/bin/chromium";
    private IPlaywright? playwright;
    private IBrowser? browser;

    public static bool IsHere => File.Exists(Chromium);

    public async ValueTask InitializeAsync()
    {
        if (!IsHere) return;
        Assertions.SetDefaultExpectTimeout(60_000);
        playwright = await Playwright.CreateAsync();
        browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Chromium,
            Headless = true,
            Args =
            [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync",
            ],
        });
    }

    /// <summary>A new page of a browser that knows nobody; every address it asks for is noted.</summary>
    public async Task<IPage> NewPage()
    {
        Assert.SkipUnless(IsHere, $"{Chromium} is not installed: the browser tests did not run (apt-get install chromium).");
        var context = await browser!.NewContextAsync(new BrowserNewContextOptions { Locale = "zh-CN", ViewportSize = new ViewportSize { Width = 1360, Height = 1200 } });
        var page = await context.NewPageAsync();
        page.SetDefaultTimeout(60_000);
        return page;
    }

    public async ValueTask DisposeAsync()
    {
        if (browser is not null) await browser.DisposeAsync();
        playwright?.Dispose();
    }
}
