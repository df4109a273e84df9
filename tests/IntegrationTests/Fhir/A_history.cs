using System.Globalization;
using System.Text.Json.Nodes;

namespace Health.IntegrationTests.Fhir;

[Collection<FhirCollection>]
public sealed class A_history(FhirHouse house)
{
    [Fact]
    public async Task of_an_instance_lists_its_versions_newest_first_with_the_deletion()
    {
        var (id, _) = await Three();
        await house.AsHospital.Send("DELETE", $"Basic/{id}");
        var bundle = await (await house.AsHospital.Send("GET", $"Basic/{id}/_history")).Body();
        Assert.Equal("history", (string)bundle["type"]!);
        Assert.Equal(["DELETE", "PUT", "PUT", "PUT"], bundle["entry"]!.AsArray().Select(entry => (string)entry!["request"]!["method"]! is "POST" ? "PUT" : (string)entry!["request"]!["method"]!));
        Assert.Equal([null, "3", "2", "1"], bundle["entry"]!.AsArray().Select(entry => (string?)entry!["resource"]?["meta"]!["versionId"]));
    }

    [Fact]
    public async Task shows_the_version_that_was_current_at_an_instant()
    {
        var (id, updated) = await Three();
        for (var version = 1; version <= 3; version++)
        {
            var at = Uri.EscapeDataString(updated[version - 1]);
            var bundle = await (await house.AsHospital.Send("GET", $"Basic/{id}/_history?_at={at}")).Body();
            Assert.Equal(version.ToString(), (string)Assert.Single(bundle["entry"]!.AsArray())!["resource"]!["meta"]!["versionId"]!);
            var asOf = await (await house.AsHospital.Send("GET", $"Basic/{id}?_asOf={at}")).Body();
            Assert.Equal(version.ToString(), (string)asOf["meta"]!["versionId"]!);
        }

        var before = DateTimeOffset.Parse(updated[0]).AddSeconds(-1).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        Assert.Null((await (await house.AsHospital.Send("GET", $"Basic/{id}/_history?_at={before}")).Body())["entry"]);
        Assert.Equal(404, (int)(await house.AsHospital.Send("GET", $"Basic/{id}?_asOf={before}")).StatusCode);
    }

    [Fact]
    public async Task and_every_other_question_about_the_past_take_a_time_without_zone_as_local()
    {
        var (id, updated) = await Three();
        var local = DateTimeOffset.Parse(updated[1], CultureInfo.InvariantCulture).ToOffset(TimeSpan.FromHours(8)).ToString("yyyy-MM-dd'T'HH:mm:ss.fff", CultureInfo.InvariantCulture);
        var since = await (await house.AsHospital.Send("GET", $"Basic/{id}/_history?_since={local}")).Body();
        Assert.Equal(2, since["entry"]!.AsArray().Count);
        Assert.Equal("2", (string)(await (await house.AsHospital.Send("GET", $"Basic/{id}?_asOf={local}")).Body())["meta"]!["versionId"]!);
        var found = await (await house.AsHospital.Send("GET", $"Basic?_id={id}&_asOf={local}")).Body();
        Assert.Equal("2", (string)Assert.Single(found["entry"]!.AsArray())!["resource"]!["meta"]!["versionId"]!);
    }

    [Theory]
    [InlineData("_since=12:00")]
    [InlineData("_since=11/24/2026")]
    [InlineData("_since=2026")]
    public async Task is_not_asked_since_something_that_is_no_instant(string query)
    {
        var (id, _) = await Three();
        Assert.Equal(400, (int)(await house.AsHospital.Send("GET", $"Basic/{id}/_history?{query}")).StatusCode);
    }

    [Fact]
    public async Task of_a_type_is_paged_without_gap_or_repetition_while_data_changes()
    {
        var since = Uri.EscapeDataString(TimeProvider.System.GetUtcNow().ToString("O"));
        var made = new List<string>();
        for (var i = 0; i < 7; i++) made.Add((await house.AsHospital.Send("POST", "Flag", Flag(i))).IdOf());
        var seen = new List<string>();
        var path = $"Flag/_history?_count=3&_since={since}";
        while (path is not null)
        {
            var bundle = await (await house.AsHospital.Send("GET", path)).Body();
            seen.AddRange(bundle["entry"]!.AsArray().Select(entry => (string)entry!["resource"]!["id"]!));
            await house.AsHospital.Send("POST", "Flag", Flag(99));
            path = Next(bundle);
        }

        Assert.Equal(made.AsEnumerable().Reverse(), seen);
    }

    [Fact]
    public async Task of_the_system_shows_every_type()
    {
        var id = (await house.AsHospital.Send("POST", "Flag", Flag(1))).IdOf();
        var bundle = await (await house.AsHospital.Send("GET", "_history?_count=5")).Body();
        Assert.Contains(bundle["entry"]!.AsArray(), entry => (string?)entry!["resource"]?["id"] == id);
    }

    private async Task<(string Id, string[] Updated)> Three()
    {
        var id = Guid.NewGuid().ToString("N");
        var updated = new string[3];
        for (var i = 0; i < 3; i++)
        {
            var answer = await (await house.AsHospital.Send("PUT", $"Basic/{id}", $$$"""{"resourceType":"Basic","id":"{{{id}}}","code":{"text":"{{{i}}}"}}""")).Body();
            updated[i] = (string)answer["meta"]!["lastUpdated"]!;
        }

        return (id, updated);
    }

    private static string Flag(int i) => $$$"""{"resourceType":"Flag","status":"active","code":{"text":"{{{i}}}"},"subject":{"display":"x"}}""";

    private static string? Next(JsonNode bundle) => bundle["link"]!.AsArray().Where(link => (string)link!["relation"]! == "next").Select(link => new Uri((string)link!["url"]!).PathAndQuery["/fhir/".Length..]).FirstOrDefault();
}
