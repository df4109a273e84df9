using System.Net;
using Health.Identity.Accounts;
using Health.IntegrationTests.Platform;
using Microsoft.Extensions.DependencyInjection;
using static Microsoft.Playwright.Assertions;

namespace Health.ConsoleTests;

public sealed class The_door_of_the_console(Database database, Browser browser)
{
    [Fact]
    public async Task stays_shut_for_who_is_not_signed_in()
    {
        await using var host = await ConsoleHost.Start(database);
        using var http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = new Uri(host.Address) };
        foreach (var path in new[] { "/console", "/console/residents", "/console/residents/x", "/console/audit" })
        {
            var answer = await http.GetAsync(path);
            Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
            Assert.StartsWith($"{host.Address}/identity/authorize?", answer.Headers.Location?.OriginalString);
            Assert.Contains("code_challenge_method=S256", answer.Headers.Location?.Query);
        }
        // The live connection behind the pages is shut too.
        Assert.Equal(HttpStatusCode.Redirect, (await http.PostAsync("/_blazor/negotiate?negotiateVersion=1", null)).StatusCode);
    }

    [Fact]
    public async Task stays_shut_for_another_role()
    {
        var page = await browser.NewPage();
        await using var host = await ConsoleHost.Start(database);
        await host.Host.Services.GetRequiredService<Accounts>().Ensure("nurse", ConsoleHost.Password, "clinician", TestRegion.Hospital.Code, default);
        await host.SignIn(page, user: "nurse");
        await Expect(page.Locator("body")).ToContainTextAsync("没有卫生健康委员会角色");
    }
}
