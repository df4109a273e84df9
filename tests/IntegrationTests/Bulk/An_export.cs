using System.Net;
using System.Text;
using Health.Contracts;
using Health.IntegrationTests.Platform;
using Microsoft.Extensions.DependencyInjection;

namespace Health.IntegrationTests.Bulk;

public sealed class An_export(Database database)
{
    private static async Task<RestartableHost> WithRecords(Database database)
    {
        var host = await RestartableHost.Start(database, ("Bulk:ResourcesPerFile", "4"));
        foreach (var who in new[] { "a", "b" })
        {
            await host.Put($"Patient/{who}", "{'gender':'male'}");
            for (var i = 0; i < 5; i++) await host.Put($"Observation/{who}-{i}", $"{{'status':'final','code':{{'text':'x'}},'subject':{{'reference':'Patient/{who}'}}}}");
        }

        await host.Put("Organization/house", "{'name':'House'}");
        await host.Put("Group/one", "{'type':'person','actual':true,'member':[{'entity':{'reference':'Patient/a'}},{'entity':{'reference':'Patient/b'},'inactive':true}]}");
        return host;
    }

    private static IEnumerable<string> Of(params string[] who) => who.SelectMany(each => Enumerable.Range(0, 5).Select(i => $"Observation/{each}-{i}"));

    [Fact]
    public async Task of_the_system_of_patients_and_of_a_group_holds_exactly_what_belongs_to_it()
    {
        await using var host = await WithRecords(database);
        var system = await host.Http.Lines(await host.Http.Export("$export"));
        // The region's own code sets and profiles belong to the system as well.
        Assert.Equal(["Group/one", .. Of("a", "b"), "Organization/house", "Patient/a", "Patient/b"], system.Names().Where(name => name.Split('/')[0] is "Group" or "Observation" or "Organization" or "Patient"));
        var patients = await host.Http.Lines(await host.Http.Export("Patient/$export"));
        Assert.Equal([.. Of("a", "b"), "Patient/a", "Patient/b"], patients.Names());
        var group = await host.Http.Lines(await host.Http.Export("Group/one/$export?_type=Patient,Observation"));
        Assert.Equal([.. Of("a"), "Patient/a"], group.Names());
    }

    [Fact]
    public async Task looks_at_one_moment_whatever_is_written_while_it_is_fetched()
    {
        await using var host = await WithRecords(database);
        var manifest = await host.Http.Export("$export?_type=Observation");
        Assert.Equal(3, manifest.GetProperty("output").GetArrayLength());
        await host.Put("Observation/a-0", "{'status':'amended','code':{'text':'y'},'subject':{'reference':'Patient/a'}}");
        await host.Put("Observation/a-00", "{'status':'final','code':{'text':'late'},'subject':{'reference':'Patient/a'}}");
        using (await host.Http.DeleteAsync("/fhir/Observation/b-3")) { }
        var lines = await host.Http.Lines(manifest);
        Assert.Equal(Of("a", "b"), lines.Names());
        Assert.All(lines, line => Assert.Equal("final", line.GetProperty("status").GetString()));
    }

    [Fact]
    public async Task since_a_moment_holds_what_changed_and_names_what_was_deleted()
    {
        await using var host = await WithRecords(database);
        using (await host.Http.DeleteAsync("/fhir/Observation/b-0")) { }
        await host.Put("Observation/marker", "{'status':'final','code':{'text':'x'},'subject':{'reference':'Patient/a'}}");
        var since = (await host.Get("Observation/marker")).GetProperty("meta").GetProperty("lastUpdated").GetString()!;
        await host.Put("Observation/a-1", "{'status':'amended','code':{'text':'y'},'subject':{'reference':'Patient/a'}}");
        using (await host.Http.DeleteAsync("/fhir/Observation/b-1")) { }
        var manifest = await host.Http.Export($"$export?_type=Observation&_since={Uri.EscapeDataString(since)}");
        Assert.Equal(["Observation/a-1", "Observation/marker"], (await host.Http.Lines(manifest)).Names());
        var deletion = Assert.Single(await host.Http.Lines(manifest, "deleted"));
        Assert.Equal(("DELETE", "Observation/b-1"), (deletion.GetProperty("entry")[0].GetProperty("request").GetProperty("method").GetString(), deletion.GetProperty("entry")[0].GetProperty("request").GetProperty("url").GetString()));
    }

    [Fact]
    public async Task can_be_narrowed_by_searches_and_to_elements_and_puts_each_resource_on_one_line()
    {
        await using var host = await WithRecords(database);
        await host.Put("Observation/pretty", "{\n  'status' : 'preliminary',\n  'code' : { 'text' : 'two\\n\\'lines\\'' },\n 'valueQuantity':{'value':1.50}\n}".Replace("\\'", "\\\""));
        var filter = Uri.EscapeDataString("Observation?status=preliminary");
        var alternative = Uri.EscapeDataString("Observation?_id=a-1");
        var lines = await host.Http.Lines(await host.Http.Export($"$export?_type=Observation&_typeFilter={filter}&_typeFilter={alternative}"));
        Assert.Equal(["Observation/a-1", "Observation/pretty"], lines.Names());
        Assert.Contains("1.50", lines[1].GetRawText());
        var elements = await host.Http.Lines(await host.Http.Export("$export?_type=Observation&_elements=status"));
        Assert.All(elements, line => Assert.False(line.TryGetProperty("subject", out _)));
    }

    [Fact]
    public async Task goes_on_after_a_restart_is_only_its_owners_and_ends_when_it_is_removed()
    {
        await using var host = await WithRecords(database);
        using var answer = await host.Http.KickOff("$export?_type=Observation");
        var status = answer.Content.Headers.ContentLocation!;
        await host.Restart();
        var manifest = await host.Http.Manifest(status);
        Assert.Equal(Of("a", "b"), (await host.Http.Lines(manifest)).Names());
        await host.Restart();
        var file = new Uri(manifest.GetProperty("output")[0].GetProperty("url").GetString()!).PathAndQuery;
        foreach (var stranger in new[] { host.AsCentre, host.Host.Http.As("other-client", RestartableHost.Hospital) })
        {
            Assert.Equal(HttpStatusCode.NotFound, (await stranger.GetAsync(status.PathAndQuery)).StatusCode);
            Assert.Equal(HttpStatusCode.NotFound, (await stranger.GetAsync(file)).StatusCode);
            Assert.Equal(HttpStatusCode.NotFound, (await stranger.DeleteAsync(status.PathAndQuery)).StatusCode);
        }

        Assert.Equal(HttpStatusCode.Unauthorized, (await host.Host.Http.GetAsync(file)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await host.Http.GetAsync(file)).StatusCode);
        Assert.Equal(HttpStatusCode.Accepted, (await host.Http.DeleteAsync(status.PathAndQuery)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await host.Http.GetAsync(file)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await host.Http.GetAsync(status.PathAndQuery)).StatusCode);
    }

    [Fact]
    public async Task holds_nothing_its_caller_may_not_see()
    {
        await using var host = await WithRecords(database);
        await host.Put("Patient/own", "{'gender':'female'}", host.AsCentre);
        Assert.Equal(["Patient/own"], (await host.AsCentre.Lines(await host.AsCentre.Export("Patient/$export"))).Names());
        Assert.Equal(HttpStatusCode.NotFound, (await host.AsCentre.KickOff("Group/one/$export")).StatusCode);
        var narrow = host.Host.Http.As("client-hospital", RestartableHost.Hospital, "clinician", "system/Observation.rs");
        Assert.Equal(HttpStatusCode.Forbidden, (await narrow.KickOff("$export?_type=Patient")).StatusCode);
    }

    [Theory]
    [InlineData("$export?_type=Unheard")]
    [InlineData("$export?_since=yesterday")]
    [InlineData("$export?_outputFormat=text/csv")]
    [InlineData("$export?_typeFilter=Observation")]
    [InlineData("$export?_typeFilter=Observation%3Fnothing%3D1")]
    [InlineData("$export?whatever=1")]
    public async Task that_is_not_understood_is_refused(string path)
    {
        await using var host = await RestartableHost.Start(database);
        using var answer = await host.Http.KickOff(path);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await host.Http.GetAsync("/fhir/$export")).StatusCode);
    }

    [Fact]
    public async Task is_told_once_to_each_resident_it_holds_anything_of_also_when_it_goes_on_after_a_restart()
    {
        await using var host = await WithRecords(database);
        await host.Put("Patient/bystander", "{'gender':'female'}");
        using var kicked = await host.Http.KickOff("$export?_type=Observation,Organization");
        await host.Restart();
        await host.Http.Lines(await host.Http.Manifest(kicked.Content.Headers.ContentLocation!));
        var residents = host.Host.Services.GetRequiredService<IResidentIndex>();
        var log = host.Host.Services.GetRequiredService<IAccessLog>();
        foreach (var who in new[] { "a", "b" })
        {
            var told = (await log.OfResident((await residents.ResidentOf(who, default))!, 100, default)).Where(entry => entry.Fact.Interaction == "export-record").ToList();
            var fact = Assert.Single(told).Fact;
            Assert.Equal(("client:client-hospital", RestartableHost.Hospital, 0), (fact.Actor, fact.InstitutionCode, fact.Outcome));
            Assert.Equal(kicked.Content.Headers.ContentLocation!.AbsolutePath, $"/fhir/{fact.Target}");
        }

        Assert.DoesNotContain(await log.OfResident((await residents.ResidentOf("bystander", default))!, 100, default), entry => entry.Fact.Interaction.StartsWith("export", StringComparison.Ordinal));
        // Another export is another fact.
        await host.Http.Export("$export?_type=Patient");
        Assert.Equal(2, (await log.OfResident((await residents.ResidentOf("a", default))!, 100, default)).Count(entry => entry.Fact.Interaction == "export-record"));
    }

    [Fact]
    public async Task leaves_a_fact_for_the_job_and_for_each_file()
    {
        await using var host = await WithRecords(database);
        var manifest = await host.Http.Export("$export?_type=Observation");
        await host.Http.Lines(manifest);
        await using var data = Npgsql.NpgsqlDataSource.Create(host.Host.ConnectionString);
        await using var command = data.CreateCommand("select count(*) from audit.fact where convert_from(body, 'UTF8') like '%\"export-file\"%' union all select count(*) from audit.fact where convert_from(body, 'UTF8') like '%\"export\"%'");
        await using var reader = await command.ExecuteReaderAsync();
        Assert.True(await reader.ReadAsync());
        Assert.Equal(3, reader.GetInt64(0));
        Assert.True(await reader.ReadAsync());
        Assert.Equal(1, reader.GetInt64(0));
    }
}
