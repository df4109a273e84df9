using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Health.IntegrationTests.Platform;

namespace Health.IntegrationTests.Bulk;

public sealed class An_import(Database database)
{
    private static StringContent Lines(params string[] lines) => new(string.Join('\n', lines).Replace('\'', '"'), Encoding.UTF8, new MediaTypeHeaderValue("application/fhir+ndjson"));

    private static string Observation(string id, string patient) => $"{{'resourceType':'Observation','id':'{id}','status':'final','code':{{'text':'x'}},'subject':{{'reference':'Patient/{patient}'}}}}";

    private static async Task<JsonElement> Import(RestartableHost host, HttpContent content)
    {
        using var answer = await host.AsOperator.PostAsync("/fhir/$import", content);
        Assert.True(answer.StatusCode == HttpStatusCode.Accepted, await answer.Content.ReadAsStringAsync());
        return await host.AsOperator.Manifest(answer.Content.Headers.ContentLocation!);
    }

    [Fact]
    public async Task of_lines_keeps_ids_and_does_not_mind_their_order()
    {
        await using var host = await RestartableHost.Start(database);
        var manifest = await Import(host, Lines(Observation("early", "late"), "", "{'resourceType':'Patient','id':'late','gender':'male'}", Observation("after", "late")));
        Assert.Equal((3, 0), (manifest.GetProperty("imported").GetInt64(), manifest.GetProperty("error").GetArrayLength()));
        // Both are of the resident behind the Patient, also the one that came before it.
        await using var data = Npgsql.NpgsqlDataSource.Create(host.Host.ConnectionString);
        await using var command = data.CreateCommand("select count(distinct resident), count(resident) from fhir.resource");
        await using var reader = await command.ExecuteReaderAsync();
        Assert.True(await reader.ReadAsync());
        Assert.Equal((1L, 3L), (reader.GetInt64(0), reader.GetInt64(1)));
        Assert.Equal("early", (await host.Get("Observation?subject=Patient/late&_sort=_id&_count=5&_id=early", host.AsOperator)).GetProperty("entry")[0].GetProperty("resource").GetProperty("id").GetString());
    }

    [Fact]
    public async Task says_of_each_refused_line_why_and_takes_the_others()
    {
        await using var host = await RestartableHost.Start(database);
        var manifest = await Import(host, Lines(
            "{'resourceType':'Patient','id':'good','gender':'male'}",
            "{'resourceType':'Patient','id':'bad','gender':'neither'}",
            "not json",
            "{'resourceType':'Observation','status':'final','code':{'text':'x'}}",
            "{'resourceType':'Subscription','id':'s','status':'requested','reason':'r','criteria':'Patient?','channel':{'type':'websocket'}}",
            Observation("fine", "good")));
        Assert.Equal(2, manifest.GetProperty("imported").GetInt64());
        var outcomes = await host.AsOperator.Lines(manifest, "error");
        Assert.Equal(["line 2", "line 3", "line 4", "line 5"], outcomes.Select(outcome => outcome.GetProperty("issue")[0].GetProperty("diagnostics").GetString()!.Split(':')[0].Split(", ")[1]));
        Assert.Equal("Patient.gender", outcomes[0].GetProperty("issue")[0].GetProperty("expression")[0].GetString()!.Replace("[0]", ""));
        Assert.Equal("Observation.id", outcomes[2].GetProperty("issue")[0].GetProperty("expression")[0].GetString());
    }

    [Fact]
    public async Task goes_on_after_a_restart_without_losing_or_doubling_a_line()
    {
        await using var host = await RestartableHost.Start(database);
        var lines = Enumerable.Range(0, 5000).Select(i => Observation($"many-{i}", "p")).Prepend("{'resourceType':'Patient','id':'p','gender':'male'}").ToArray();
        using var answer = await host.AsOperator.PostAsync("/fhir/$import", Lines(lines));
        var status = answer.Content.Headers.ContentLocation!;
        await host.Restart();
        await host.Restart();
        var manifest = await host.AsOperator.Manifest(status);
        Assert.Equal(5001, manifest.GetProperty("imported").GetInt64());
        await using var data = Npgsql.NpgsqlDataSource.Create(host.Host.ConnectionString);
        await using var command = data.CreateCommand("select count(*), max(version), (select count(*) from events.mt_events where type = 'fhir.resource-created.v1' and (stream_id like 'Observation/%' or stream_id like 'Patient/%')) from fhir.resource where type in ('Observation', 'Patient')");
        await using var reader = await command.ExecuteReaderAsync();
        Assert.True(await reader.ReadAsync());
        Assert.Equal((5001L, 1L, 5001L), (reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2)));
    }

    [Fact]
    public async Task fetches_files_of_the_import_folder_and_leaves_nothing_in_clear()
    {
        await using var host = await RestartableHost.Start(database);
        var folder = Directory.CreateDirectory(Path.Combine(host.Folder, "import")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "patients.ndjson"), "{\"resourceType\":\"Patient\",\"id\":\"from-file\",\"gender\":\"male\"}\n");
        await File.WriteAllTextAsync(Path.Combine(folder, "observations.ndjson"), Observation("from-file", "from-file").Replace('\'', '"'));
        var manifest = await Import(host, RestartableHost.Body(
            """
            {"resourceType":"Parameters","parameter":[{"name":"inputFormat","valueCode":"application/fhir+ndjson"},
              {"name":"input","part":[{"name":"type","valueCode":"Observation"},{"name":"url","valueUri":"file:observations.ndjson"}]},
              {"name":"input","part":[{"name":"type","valueCode":"Patient"},{"name":"url","valueUri":"file:patients.ndjson"}]}]}
            """));
        Assert.Equal(2, manifest.GetProperty("imported").GetInt64());
        // The spool goes right after the job is told done.
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        for (var i = 0; Directory.EnumerateFiles(Path.Combine(host.Folder, "bulk"), "*", SearchOption.AllDirectories).Any(); i++)
        {
            Assert.True(i < 3000, "The spool of a job that is done is still there.");
            await timer.WaitForNextTickAsync();
        }
    }

    [Theory]
    [InlineData("file:../keys/kek.json")]
    [InlineData("file:/etc/passwd")]
    [InlineData("file:link/passwd")]
    [InlineData("http://169.254.169.254/latest")]
    [InlineData("gopher://x")]
    public async Task fetches_from_nowhere_else(string url)
    {
        await using var host = await RestartableHost.Start(database);
        var folder = Directory.CreateDirectory(Path.Combine(host.Folder, "import")).FullName;
        File.CreateSymbolicLink(Path.Combine(folder, "link"), "/etc");
        using var answer = await host.AsOperator.PostAsync("/fhir/$import", RestartableHost.Body(JsonSerializer.Serialize(new { inputFormat = "application/fhir+ndjson", input = new[] { new { type = "Patient", url } } })));
        if (url != "file:/etc/passwd")
        {
            Assert.True(answer.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.Forbidden, $"{answer.StatusCode}");
            return;
        }

        // A leading slash means the import folder itself, where there is no such file.
        using var failed = await Ended(host, answer.Content.Headers.ContentLocation!);
        Assert.Contains("does not exist", await failed.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task fetches_from_a_server_that_an_operator_of_the_machine_named_and_starts_anew_what_broke_off()
    {
        await using var files = await FileServer.Start();
        files.Put("/out/patients.ndjson", "{\"resourceType\":\"Patient\",\"id\":\"url\",\"gender\":\"male\"}\n");
        files.Put("/out/observations.ndjson", string.Join('\n', Enumerable.Range(0, 700).Select(i => Observation($"url-{i}", "url").Replace('\'', '"'))));
        await using var host = await RestartableHost.Start(database, ("Bulk:ImportSources:0", files.Url + "/out"));
        // Of the greater file half comes, twice, then the connection is cut.
        files.Cut("/out/observations.ndjson", times: 2);
        var manifest = await Import(host, Inputs(("Observation", files.Url + "/out/observations.ndjson"), ("Patient", files.Url + "/out/patients.ndjson")));
        Assert.Equal((701, 0), (manifest.GetProperty("imported").GetInt64(), manifest.GetProperty("error").GetArrayLength()));
        Assert.Equal(700, (await host.Get("Observation?subject=Patient/url&_summary=count", host.AsOperator)).GetProperty("total").GetInt32());
        Assert.Equal(3, files.Asked.Count(path => path == "/out/observations.ndjson"));

        files.Cut("/out/observations.ndjson", times: 20);
        using var again = await host.AsOperator.PostAsync("/fhir/$import", Inputs(("Observation", files.Url + "/out/observations.ndjson")));
        using var failed = await Ended(host, again.Content.Headers.ContentLocation!);
        Assert.Contains("broke off", await failed.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("/out/redirect", "answered 302")]
    [InlineData("/out/missing", "answered 404")]
    public async Task follows_no_server_elsewhere(string path, string why)
    {
        await using var files = await FileServer.Start();
        files.Put("/secret/patients.ndjson", "{\"resourceType\":\"Patient\",\"id\":\"secret\"}");
        files.Redirect("/out/redirect", "/secret/patients.ndjson");
        await using var host = await RestartableHost.Start(database, ("Bulk:ImportSources:0", files.Url + "/out"));
        using var answer = await host.AsOperator.PostAsync("/fhir/$import", Inputs(("Patient", files.Url + path)));
        using var failed = await Ended(host, answer.Content.Headers.ContentLocation!);
        Assert.Contains(why, await failed.Content.ReadAsStringAsync());
        Assert.Equal([path], files.Asked);
    }

    [Theory]
    [InlineData("{0}/secret/patients.ndjson")]
    [InlineData("{0}/out/../secret/patients.ndjson")]
    [InlineData("{0}/out/%2e%2e/secret/patients.ndjson")]
    [InlineData("{0}/output/patients.ndjson")]
    [InlineData("http://user@{1}/out/patients.ndjson")]
    [InlineData("http://{1}@127.0.0.1:9/out/patients.ndjson")]
    [InlineData("https://{1}/out/patients.ndjson")]
    [InlineData("http://localhost:9/out/patients.ndjson")]
    public async Task asks_no_address_beside_what_was_named(string form)
    {
        await using var files = await FileServer.Start();
        await using var host = await RestartableHost.Start(database, ("Bulk:ImportSources:0", files.Url + "/out"));
        using var answer = await host.AsOperator.PostAsync("/fhir/$import", Inputs(("Patient", string.Format(null, form, files.Url, new Uri(files.Url).Authority))));
        Assert.True(answer.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.Forbidden, $"{answer.StatusCode}");
        Assert.Contains("input[0].url", await answer.Content.ReadAsStringAsync());
        Assert.Empty(files.Asked);
    }

    private static StringContent Inputs(params (string Type, string Url)[] inputs) =>
        RestartableHost.Body(JsonSerializer.Serialize(new { inputFormat = "application/fhir+ndjson", input = inputs.Select(input => new { type = input.Type, url = input.Url }) }));

    [Fact]
    public async Task is_an_operators_business()
    {
        await using var host = await RestartableHost.Start(database);
        using var refused = await host.Http.PostAsync("/fhir/$import", Lines("{'resourceType':'Patient','id':'x'}"));
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        using var anonymous = await host.Host.Http.PostAsync("/fhir/$import", Lines("{}"));
        Assert.Equal(HttpStatusCode.Unauthorized, anonymous.StatusCode);
        using var odd = await host.AsOperator.PostAsync("/fhir/$import", new StringContent("a,b", Encoding.UTF8, "text/csv"));
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, odd.StatusCode);
    }

    private static async Task<HttpResponseMessage> Ended(RestartableHost host, Uri status)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        for (var i = 0; i < 1200; i++)
        {
            var answer = await host.AsOperator.GetAsync(status.PathAndQuery);
            if (answer.StatusCode != HttpStatusCode.Accepted) return answer;
            answer.Dispose();
            await timer.WaitForNextTickAsync();
        }

        throw new TimeoutException("The job did not end.");
    }
}
