using System.Net;
using Health.Contracts;
using Health.IntegrationTests.Platform;
using Microsoft.Extensions.DependencyInjection;

namespace Health.IntegrationTests.Fhir;

/// <summary>A clinic that does not know a person cannot make itself one of those who treat the person, whatever it writes.</summary>
public sealed class A_foreign_person(Database database)
{
    private const string Person = """{"resourceType":"Patient","identifier":[{"system":"urn:oid:2.16.156.10011.1.3","value":"51079919850615002X"}],"name":[{"text":"雍无痕"}],"gender":"female","birthDate":"1985-06-15"}""";

    [Fact]
    public async Task stays_unseen_to_a_clinic_that_refers_to_it_claims_it_or_writes_over_it()
    {
        await using var host = await TestHost.Start(database, ["Broker", "Fhir"], TestCaller.Use);
        var directory = host.Services.GetRequiredService<IDirectory>();
        await directory.Register(new Institution(FhirHouse.Hospital, "绵阳市演示中心医院", "Mianyang Demo Central Hospital", "510703", "A100"), FhirHouse.Header, default);
        await directory.Register(new Institution(FhirHouse.Centre, "游仙区演示镇卫生院", "Youxian Demo Township Health Centre", "510704", "C220"), FhirHouse.Header, default);
        var hospital = host.Http.As("demo-hospital", FhirHouse.Hospital);
        var centre = host.Http.As("demo-centre", FhirHouse.Centre);
        var id = (await hospital.Send("POST", "Patient", Person)).IdOf();
        Assert.Equal(HttpStatusCode.NotFound, (await centre.Send("GET", $"Patient/{id}")).StatusCode);

        foreach (var reference in new[] { $"Patient/{id}", "Patient?name=雍无痕" })
            await centre.Send("POST", "Encounter", $$$"""{"resourceType":"Encounter","status":"planned","class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"AMB"},"subject":{"reference":"{{{reference}}}"}}""");
        Assert.Equal(HttpStatusCode.NotFound, (await centre.Send("GET", $"Patient/{id}")).StatusCode);

        using (var claim = new HttpRequestMessage(HttpMethod.Post, "fhir/Patient") { Content = new StringContent("""{"resourceType":"Patient","name":[{"text":"别人"}],"gender":"male"}""", null, "application/fhir+json") })
        {
            claim.Headers.Add("If-None-Exist", "name=雍无痕".Replace("雍无痕", Uri.EscapeDataString("雍无痕")));
            await centre.SendAsync(claim);
        }

        Assert.Equal(HttpStatusCode.NotFound, (await centre.Send("GET", $"Patient/{id}")).StatusCode);

        const string number = "510799199001010018";
        var over = $$"""{"resourceType":"Patient","id":"{{id}}","identifier":[{"system":"urn:oid:2.16.156.10011.1.3","value":"{{number}}"}],"name":[{"text":"雍无痕"}]}""";
        Assert.Equal(HttpStatusCode.NotFound, (await centre.Send("PUT", $"Patient/{id}", over)).StatusCode);
        Assert.Null(await host.Services.GetRequiredService<IResidentIndex>().Find(new PersonIdentifier(IdentifierSystems.ResidentId, number), default));
    }

    [Fact]
    public async Task is_linked_once_however_often_a_conditional_update_repeats()
    {
        await using var host = await TestHost.Start(database, ["Broker", "Fhir"], TestCaller.Use);
        await host.Services.GetRequiredService<IDirectory>().Register(new Institution(FhirHouse.Hospital, "绵阳市演示中心医院", "Mianyang Demo Central Hospital", "510703", "A100"), FhirHouse.Header, default);
        var hospital = host.Http.As("demo-hospital", FhirHouse.Hospital);
        var id = (await hospital.Send("POST", "Patient", Person)).IdOf();
        for (var i = 0; i < 3; i++) await hospital.Send("PUT", "Patient?identifier=urn:oid:2.16.156.10011.1.3|51079919850615002X", Person);
        var index = host.Services.GetRequiredService<IResidentIndex>();
        var resident = await index.ResidentOf(id, default);
        Assert.Equal([id], await index.PatientsOf(resident!, default));
    }
}
