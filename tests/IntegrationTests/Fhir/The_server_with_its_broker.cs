using System.Net;
using System.Text;
using Health.Contracts;
using Health.IntegrationTests.Platform;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Health.IntegrationTests.Fhir;

/// <summary>Keys, index of persons, policy and audit log as they are in production.</summary>
public sealed class The_server_with_its_broker(Database database)
{
    [Fact]
    public async Task links_a_person_of_two_institutions_seals_the_record_and_writes_down_who_saw_it()
    {
        await using var host = await TestHost.Start(database, ["Broker", "Fhir"], TestCaller.Use);
        var directory = host.Services.GetRequiredService<IDirectory>();
        await directory.Register(new Institution(FhirHouse.Hospital, "绵阳市演示中心医院", "Mianyang Demo Central Hospital", "510703", "A100"), FhirHouse.Header, default);
        await directory.Register(new Institution(FhirHouse.Centre, "游仙区演示镇卫生院", "Youxian Demo Township Health Centre", "510704", "C220"), FhirHouse.Header, default);
        var hospital = host.Http.As("demo-hospital", FhirHouse.Hospital);
        var centre = host.Http.As("demo-centre", FhirHouse.Centre);
        const string person = """{"resourceType":"Patient","identifier":[{"system":"urn:oid:2.16.156.10011.1.3","value":"51079919850615002X"}],"name":[{"text":"雍无痕"}],"gender":"female","birthDate":"1985-06-15"}""";

        var atHospital = await hospital.Send("POST", "Patient", person);
        Assert.True(atHospital.StatusCode == HttpStatusCode.Created, await atHospital.Content.ReadAsStringAsync());
        var observation = (await hospital.Send("POST", "Observation", $$$"""{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/{{{atHospital.IdOf()}}}"}}""")).IdOf();
        Assert.Equal(HttpStatusCode.NotFound, (await centre.Send("GET", $"Observation/{observation}")).StatusCode);
        await centre.Send("POST", "Patient", person);
        Assert.Equal(HttpStatusCode.OK, (await centre.Send("GET", $"Observation/{observation}")).StatusCode);
        var found = await (await hospital.Send("GET", "Patient?identifier=urn:oid:2.16.156.10011.1.3|51079919850615002X")).Body();
        Assert.Equal(2, found["entry"]!.AsArray().Count(entry => (string?)entry!["search"]!["mode"] == "match"));

        await using var data = NpgsqlDataSource.Create(host.ConnectionString);
        await using var command = data.CreateCommand("select resident, count(*) from fhir.resource where type in ('Patient', 'Observation') group by resident");
        await using (var reader = await command.ExecuteReaderAsync())
        {
            Assert.True(await reader.ReadAsync());
            var resident = reader.GetString(0);
            Assert.Equal(3, reader.GetInt64(1));
            Assert.False(await reader.ReadAsync());
            var log = await host.Services.GetRequiredService<IAccessLog>().OfResident(resident, 100, default);
            Assert.Contains(log, entry => entry.Fact is { Interaction: "read", InstitutionCode: FhirHouse.Centre } && entry.Fact.Target == $"Observation/{observation}/_history/1");
            Assert.Equal(3, log.Count(entry => entry.Fact.Action == "C"));
        }

        await using var bodies = data.CreateCommand("select string_agg(encode(bdata, 'hex') || data::text, '') from events.mt_events");
        Assert.DoesNotContain(Convert.ToHexStringLower(Encoding.UTF8.GetBytes("雍无痕")), (string)(await bodies.ExecuteScalarAsync())!);
    }
}
