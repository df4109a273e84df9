using System.Net;
using System.Text;
using Health.Broker.Audit.Log;
using Health.Broker.Audit.Verification;
using Health.Broker.Residents;
using Health.Contracts;
using Health.IntegrationTests.Platform;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using static Health.IntegrationTests.Broker.TestPeople;

namespace Health.IntegrationTests.Broker;

public sealed class An_erased_resident(Database database)
{
    private const string Name = "郗无痕", OtherName = "仝长留";

    [Fact]
    public async Task is_found_in_no_table_and_the_proofs_still_hold()
    {
        var folder = System.IO.Directory.CreateTempSubdirectory("health-erasure-").FullName;
        await using (var host = await TestHost.Start(database, ["Broker", "Fhir"], builder =>
        {
            TestCaller.Use(builder);
            builder.Configuration["Health:DataFolder"] = folder;
        }))
        {
            using var hospital = host.Http.As("demo-hospital", City);
            var number = IdNumber(new DateOnly(1966, 6, 6), 21);
            var erased = await Put(hospital, Patient(Name, number));
            var other = await Put(hospital, Patient(OtherName, IdNumber(new DateOnly(1966, 6, 6), 23)));
            // A second version, so that the index of the past has the name as well.
            await Put(hospital, Patient(Name, number).Replace("}]}", "}],\"gender\":\"male\"}", StringComparison.Ordinal), erased);
            Assert.Equal(["fhir.search_string", "fhir.search_string_past"], await TablesWith(host, Name));

            var resident = await host.Services.GetRequiredService<IResidentIndex>().ResidentOf(erased, default);
            Assert.Null(await host.Services.GetRequiredService<ResidentErasure>().Destroy(resident!, "test-data", Header, default));

            Assert.Empty(await TablesWith(host, Name));
            Assert.Empty(await TablesWith(host, number));
            Assert.Equal(["fhir.search_string"], await TablesWith(host, OtherName));
            Assert.Equal(HttpStatusCode.Gone, (await hospital.GetAsync($"/fhir/Patient/{erased}", TestContext.Current.CancellationToken)).StatusCode);
            Assert.Equal(HttpStatusCode.Gone, (await hospital.GetAsync($"/fhir/Patient/{erased}/_history/1", TestContext.Current.CancellationToken)).StatusCode);
            Assert.Equal(HttpStatusCode.OK, (await hospital.GetAsync($"/fhir/Patient/{other}", TestContext.Current.CancellationToken)).StatusCode);
            var found = await hospital.GetStringAsync($"/fhir/Patient?name={Uri.EscapeDataString(Name)}", TestContext.Current.CancellationToken);
            Assert.DoesNotContain(erased, found, StringComparison.Ordinal);

            await host.Services.GetRequiredService<AuditSequencer>().BringUpToDate(default);
            var verdict = await AuditVerifier.Run(host.ConnectionString, folder, ct: TestContext.Current.CancellationToken);
            Assert.True(verdict.IsIntact, string.Join('\n', verdict.Findings));
            Assert.True(verdict.Facts > 0);
        }

        System.IO.Directory.Delete(folder, true);
    }

    private static string Patient(string name, string number) =>
        $$"""{"resourceType":"Patient","identifier":[{"system":"{{IdentifierSystems.ResidentId}}","value":"{{number}}"}],"name":[{"text":"{{name}}"}]}""";

    /// <returns>The logical id.</returns>
    private static async Task<string> Put(HttpClient http, string json, string? id = null)
    {
        using var content = new StringContent(id is null ? json : json.Replace("\"Patient\",", $"\"Patient\",\"id\":\"{id}\",", StringComparison.Ordinal), Encoding.UTF8, "application/fhir+json");
        using var answer = id is null ? await http.PostAsync("/fhir/Patient", content) : await http.PutAsync($"/fhir/Patient/{id}", content);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return id ?? answer.Headers.Location!.AbsolutePath.Split('/')[3];
    }

    /// <summary>Every table of every schema that has the text in any column: in clear, escaped as in JSON, or as UTF-8 bytes.</summary>
    private static async Task<List<string>> TablesWith(TestHost host, string text)
    {
        await using var data = NpgsqlDataSource.Create(host.ConnectionString);
        var tables = new List<string>();
        await using (var all = data.CreateCommand("select format('%I.%I', schemaname, tablename) from pg_tables where schemaname not in ('pg_catalog', 'information_schema') order by 1"))
        await using (var reader = await all.ExecuteReaderAsync())
            while (await reader.ReadAsync()) tables.Add(reader.GetString(0));
        Assert.Contains("events.mt_events", tables);
        var forms = new[] { text, string.Concat(text.Select(c => $@"\\u{(int)c:x4}")), Convert.ToHexStringLower(Encoding.UTF8.GetBytes(text)) };
        var found = new List<string>();
        foreach (var table in tables)
        {
            await using var search = data.CreateCommand($"select exists (select from {table} t where exists (select from unnest($1::text[]) form where strpos(lower(t::text), form) > 0))");
            search.Parameters.Add(new NpgsqlParameter { Value = forms });
            if ((bool)(await search.ExecuteScalarAsync())!) found.Add(table);
        }

        return found;
    }
}
