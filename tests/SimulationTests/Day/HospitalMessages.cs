namespace Health.SimulationTests.Day;

/// <summary>Point 2: the municipal hospital registers the resident and reports a blood count; within a second it is a searchable record.</summary>
public static class HospitalMessages
{
    private static readonly TimeSpan OneSecond = TimeSpan.FromSeconds(1);

    public static async Task<Person> Become_a_record(City city)
    {
        var person = Person.Resident;
        var visit = new { host = "127.0.0.1", port = city.Platform.MllpPort, sender = "mych", patient = person.At("Z0001"), visitNumber = "M0001", time = "20150601090000", department = "呼吸内科" };
        Assert.Contains("MSA|AA|", await city.Send("registration", visit), StringComparison.Ordinal);

        var patient = Assert.Single(await city.Central.SearchWithin($"Patient?identifier=urn:oid:2.16.156.10011.1.3|{person.IdNumber}", 1, OneSecond));
        Assert.Equal(person.Name, patient.Text("name", "0", "text"));
        Assert.Equal("1990-01-01", patient.Text("birthDate"));
        var encounter = Assert.Single(await city.Central.SearchWithin("Encounter?identifier=urn:health:institution:MY510703H001:visit|M0001", 1, OneSecond));
        Assert.Equal(patient.Reference(), encounter.Text("subject", "reference"));

        var report = new
        {
            host = "127.0.0.1", port = city.Platform.MllpPort, sender = "mych", patient = person.At("Z0001"), visitNumber = "M0001", time = "20150601103000",
            orderNumber = "A0001", reportNumber = "R0001", results = new[] { new { code = "WBC", value = "11.2" }, new { code = "HGB", value = "142" } },
        };
        Assert.Contains("MSA|AA|", await city.Send("blood-count", report), StringComparison.Ordinal);
        var observations = await city.Central.SearchWithin($"Observation?patient={patient.Text("id")}&date=2015-06-01&_sort=-date", 2, OneSecond);
        Assert.All(observations, observation => Assert.Equal("final", observation.Text("status")));
        var code = observations[0].GetProperty("code").GetProperty("coding")[0];
        Assert.NotEmpty(await city.Central.Search($"Observation?patient=Patient/{patient.Text("id")}&code={Uri.EscapeDataString($"{code.Text("system")}|{code.Text("code")}")}"));
        Assert.Single(await city.Central.Search($"DiagnosticReport?patient={patient.Text("id")}"));
        Assert.Empty(await city.Central.Search($"Observation?patient={patient.Text("id")}&date=2015-06-02"));

        await Provenance_leads_to_the_message(city, observations[0].Reference());
        return person with { PatientId = patient.Text("id") };
    }

    private static async Task Provenance_leads_to_the_message(City city, string target)
    {
        var provenance = Assert.Single(await city.Central.Search($"Provenance?target={target}"));
        var raw = provenance.GetProperty("entity")[0].Text("what", "reference");
        var binary = await city.Central.ReadResource(raw);
        var message = System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(binary.Text("data")));
        Assert.StartsWith("MSH|^~\\&|HIS|MYCH|", message, StringComparison.Ordinal);
        Assert.Contains("ORU^R01", message, StringComparison.Ordinal);
    }
}
