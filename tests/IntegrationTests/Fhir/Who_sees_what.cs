using System.Net;

namespace Health.IntegrationTests.Fhir;

[Collection<FhirCollection>]
public sealed class Who_sees_what(FhirHouse house)
{
    [Fact]
    public async Task is_the_institutions_own_its_patients_and_nothing_of_strangers()
    {
        var number = Guid.NewGuid().ToString("N")[..4];
        string Person(string record) => $$$"""{"resourceType":"Patient","identifier":[{"system":"urn:oid:2.16.156.10011.1.3","value":"{{{number}}}"},{"system":"urn:x","value":"{{{record}}}"}]}""";
        var patient = (await house.AsHospital.Send("POST", "Patient", Person("h"))).IdOf();
        var observation = (await house.AsHospital.Send("POST", "Observation", $$$"""{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/{{{patient}}}"}}""")).IdOf();

        Assert.Equal(HttpStatusCode.OK, (await house.AsHospital.Send("GET", $"Observation/{observation}")).StatusCode);
        foreach (var path in new[] { $"Observation/{observation}", $"Observation/{observation}/_history/1", $"Observation/{observation}/_history", $"Observation/{observation}?_asOf=999999999", $"Patient/{patient}" })
            Assert.Equal(HttpStatusCode.NotFound, (await house.AsCentre.Send("GET", path)).StatusCode);
        Assert.DoesNotContain(observation, await (await house.AsCentre.Send("GET", "Observation/_history?_count=500")).Content.ReadAsStringAsync());

        // The same person becomes a patient of the centre: now the observation is part of the treatment there.
        await house.AsCentre.Send("POST", "Patient", Person("c"));
        Assert.Equal(HttpStatusCode.OK, (await house.AsCentre.Send("GET", $"Observation/{observation}")).StatusCode);
        var changed = $$$"""{"resourceType":"Observation","id":"{{{observation}}}","status":"amended","code":{"text":"x"},"subject":{"reference":"Patient/{{{patient}}}"}}""";
        Assert.Equal(HttpStatusCode.NotFound, (await house.AsCentre.Send("PUT", $"Observation/{observation}", changed)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await house.AsCentre.Send("DELETE", $"Observation/{observation}")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await house.AsHospital.Send("PUT", $"Observation/{observation}", changed)).StatusCode);
    }

    [Fact]
    public async Task is_written_down_for_every_read_write_and_deletion()
    {
        var patient = await house.AsHospital.Send("POST", "Patient", """{"resourceType":"Patient","active":false}""", ("X-Request-Id", "fact-c"), ("X-Purpose-Of-Use", "ETREAT"));
        var id = patient.IdOf();
        await house.AsHospital.Send("GET", $"Patient/{id}", null, ("X-Request-Id", "fact-r"));
        await house.AsHospital.Send("GET", $"Patient/{id}/_history/1", null, ("X-Request-Id", "fact-v"));
        await house.AsHospital.Send("GET", $"Patient/{id}/_history", null, ("X-Request-Id", "fact-h"));
        await house.AsHospital.Send("PUT", $"Patient/{id}", $$"""{"resourceType":"Patient","id":"{{id}}","active":true}""", ("X-Request-Id", "fact-u"));
        await house.AsHospital.Send("DELETE", $"Patient/{id}", null, ("X-Request-Id", "fact-d"));
        var facts = (await house.Audit.All()).Where(fact => fact.RequestId.StartsWith("fact-")).Select(fact => (fact.RequestId, fact.Action, fact.Interaction, fact.Target, fact.ResidentId, fact.Purpose.ToString())).ToList();
        Assert.Equal(
        [
            ("fact-c", "C", "create", $"Patient/{id}/_history/1", "r-" + id, "ETREAT"),
            ("fact-r", "R", "read", $"Patient/{id}/_history/1", "r-" + id, "TREAT"),
            ("fact-v", "R", "vread", $"Patient/{id}/_history/1", "r-" + id, "TREAT"),
            ("fact-h", "R", "history", $"Patient/{id}/_history", "r-" + id, "TREAT"),
            ("fact-u", "U", "update", $"Patient/{id}/_history/2", "r-" + id, "TREAT"),
            ("fact-d", "D", "delete", $"Patient/{id}/_history/3", "r-" + id, "TREAT"),
        ], facts);
    }
}
