using System.Text.Json;

namespace Health.IntegrationTests.Operations;

[Collection(OperationTests.Name)]
public sealed class Any_moment_again(OperationHost host)
{
    [Fact]
    public async Task is_what_a_history_at_a_time_holds_at_all_three_levels()
    {
        await host.It.Put("Location/at-1", "{'name':'first'}");
        var first = await Updated("Location/at-1");
        await host.It.Put("Location/at-2", "{'name':'other'}");
        await host.It.Put("Location/at-1", "{'name':'second'}");
        var second = await Updated("Location/at-1");
        using (await host.It.Http.DeleteAsync("/fhir/Location/at-2")) { }
        await host.It.Put("Location/at-1", "{'name':'third'}");

        Assert.Equal(["at-1 1"], await Versions($"Location/at-1/_history?_at={first}"));
        Assert.Equal(["at-1 2", "at-2 1"], await Versions($"Location/_history?_at={second}"));
        Assert.Equal(["at-1 2", "at-2 1"], await Versions($"_history?_at={second}&_count=500"));
        // A day has all versions that were current at some moment of it.
        var today = Uri.UnescapeDataString(first)[..10];
        Assert.Equal(["at-1 1", "at-1 2", "at-1 3"], await Versions($"Location/at-1/_history?_at={today}"));
        Assert.Empty(await Versions("Location/_history?_at=2001"));
        Assert.Equal(["at-1 2", "at-1 3"], await Versions($"Location/at-1/_history?_since={second}&_sort=-_lastUpdated"));
    }

    [Fact]
    public async Task is_shown_by_read_and_search_and_everything_as_of_a_sequence()
    {
        await host.It.Put("Patient/moment", "{'gender':'male'}");
        await host.It.Put("Observation/moment", "{'status':'preliminary','code':{'text':'x'},'subject':{'reference':'Patient/moment'}}");
        var then = await host.Sequence();
        await host.It.Put("Observation/moment", "{'status':'final','code':{'text':'x'},'subject':{'reference':'Patient/moment'}}");
        await host.It.Put("Observation/moment-later", "{'status':'final','code':{'text':'x'},'subject':{'reference':'Patient/moment'}}");
        Assert.Equal("preliminary", (await host.It.Get($"Observation/moment?_asOf={then}")).GetProperty("status").GetString());
        Assert.Equal("preliminary", (await host.It.Get("Observation/moment/_history/1")).GetProperty("status").GetString());
        var found = await host.It.Get($"Observation?subject=Patient/moment&_asOf={then}");
        Assert.Equal("preliminary", Assert.Single(found.GetProperty("entry").EnumerateArray()).GetProperty("resource").GetProperty("status").GetString());
        var everything = await host.It.Get($"Patient/moment/$everything?_asOf={then}");
        Assert.Equal(["moment", "moment"], everything.GetProperty("entry").EnumerateArray().Select(entry => entry.GetProperty("resource").GetProperty("id").GetString()));
        Assert.Contains("preliminary", everything.ToString());
    }

    private async Task<string> Updated(string name) => Uri.EscapeDataString((await host.It.Get(name)).GetProperty("meta").GetProperty("lastUpdated").GetString()!);

    /// <summary>id and version of the Locations of a history, in order of their names.</summary>
    private async Task<List<string>> Versions(string path) => (await host.It.Get(path)).TryGetProperty("entry", out var entries)
        ? [.. entries.EnumerateArray().Where(entry => entry.TryGetProperty("resource", out var resource) && resource.GetProperty("resourceType").GetString() == "Location").Select(entry => entry.GetProperty("resource"))
            .Select(resource => $"{resource.GetProperty("id").GetString()} {resource.GetProperty("meta").GetProperty("versionId").GetString()}").Order(StringComparer.Ordinal)]
        : [];
}
