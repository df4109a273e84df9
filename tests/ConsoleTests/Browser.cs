using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(Health.ConsoleTests.Browser))]

namespace Health.ConsoleTests;

/// <summary>
/// The distribution's chromium, one for the whole run, started by the first test that asks. Where there is none, browser tests are skipped
/// and say so.
/// </summary>
public sealed class Browser : IAsyncDisposable
{
    public const string Chromium = "/usr/bin/chromium";
    private readonly Lazy<Task<IBrowser>> browser;
    private IPlaywright? playwright;

    public Browser() => browser = new(Launch);

    public static void SkipWithout() =>
        Assert.SkipUnless(File.Exists(Chromium), $"{Chromium} is not installed: the browser tests did not run (apt-get install chromium).");

    /// <summary>A new page of a browser that knows nobody; every address it asks for is noted.</summary>
    public async Task<IPage> NewPage()
    {
        SkipWithout();
        var context = await (await browser.Value).NewContextAsync(new BrowserNewContextOptions { Locale = "zh-CN", ViewportSize = new ViewportSize { Width = 1360, Height = 1200 } });
        var page = await context.NewPageAsync();
        page.SetDefaultTimeout(60_000);
        return page;
    }

    public async ValueTask DisposeAsync()
    {
        if (browser.IsValueCreated && browser.Value.IsCompletedSuccessfully) await (await browser.Value).DisposeAsync();
        playwright?.Dispose();
    }

    private async Task<IBrowser> Launch()
    {
        Assertions.SetDefaultExpectTimeout(60_000);
        playwright = await Playwright.CreateAsync();
        return await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
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
}
