using System.Net.Http.Json;

namespace Health.SimulationTests.Day;

/// <summary>Point 3: the county hospital sends nothing; its admissions are pulled from a view, and the person's record spans both.</summary>
public static class CountyAdmission
{
    private static readonly TimeSpan PollAndCommit = TimeSpan.FromSeconds(15);

    public static async Task Is_pulled_and_joins_the_record(City city, Person person)
    {
        var namesake = Person.Namesake;
        using var saved = await city.Hospital.PostAsJsonAsync("/his/admissions", new[] { Admission("ST-77", person, "ZY-900"), Admission("ST-78", namesake, "ZY-901") });
        Assert.True(saved.IsSuccessStatusCode, await saved.Content.ReadAsStringAsync());

        var here = Assert.Single(await city.County.SearchWithin("Patient?identifier=urn:health:institution:MY510722H001:patient|ST-77", 1, PollAndCommit));
        var other = Assert.Single(await city.County.SearchWithin("Patient?identifier=urn:health:institution:MY510722H001:patient|ST-78", 1, PollAndCommit));
        Assert.NotEqual(person.PatientId, here.Text("id"));
        Assert.Contains(here.GetProperty("link").EnumerateArray(), link => link.Text("other", "reference") == $"Patient/{person.PatientId}");

        foreach (var start in new[] { person.PatientId, here.Text("id") })
        {
            var record = FhirReading.Entries(await city.County.ReadResource($"Patient/{start}/$everything"));
            var references = record.Select(FhirReading.Reference).ToHashSet();
            Assert.Contains($"Patient/{person.PatientId}", references);
            Assert.Contains(here.Reference(), references);
            Assert.Contains(record, resource => resource.Text("resourceType") == "DiagnosticReport");
            Assert.Equal(2, record.Count(resource => resource.Text("resourceType") == "Encounter"));
            Assert.DoesNotContain(other.Reference(), references);
        }

        var alone = FhirReading.Entries(await city.County.ReadResource($"Patient/{other.Text("id")}/$everything"));
        Assert.DoesNotContain(alone, resource => resource.Reference() == $"Patient/{person.PatientId}");
    }

    private static object Admission(string recordNo, Person person, string visitNo) => new
    {
        visitNo, recordNo, name = person.Name, idNo = person.IdNumber, sex = person.Sex == "male" ? "1" : "2", birth = person.Birth,
        deptName = "内科", visitClass = "I", status = "IN", admitTime = "2015-06-02T08:30:00",
    };
}
