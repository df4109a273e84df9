using System.Net.Http.Headers;
using System.Text;

namespace Health.Benchmarks;

/// <summary>Create and read of an Observation of about one kilobyte over the FHIR door.</summary>
public sealed class FhirLoad(HttpClient fhir) : IDisposable
{
    private const int NoteLength = 500;
    private static readonly string Note = new('n', NoteLength);

    public Task<Measured> Creates(int clients) => Load.Run(clients, client => Task.FromResult<Func<int, Task>>(number => Create(client, number)));

    public async Task<Measured> Reads(int clients)
    {
        var id = await Create(0, 0);
        return await Load.Run(clients, _ => Task.FromResult<Func<int, Task>>(_ => Read(id)));
    }

    public void Dispose() => fhir.Dispose();

    private async Task<string> Create(int client, int number)
    {
        var json = $$"""
            {"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"718-7","display":"Hemoglobin"}]},
             "effectiveDateTime":"2015-06-01T08:{{number % 60:00}}:00+08:00","valueQuantity":{"value":{{100 + number % 60}},"unit":"g/L","system":"http://unitsofmeasure.org","code":"g/L"},
             "identifier":[{"system":"urn:bench","value":"{{client}}-{{number}}"}],"note":[{"text":"{{Note}}"}]}
            """;
        using var body = new ByteArrayContent(Encoding.UTF8.GetBytes(json)) { Headers = { ContentType = new MediaTypeHeaderValue("application/fhir+json") } };
        using var answer = await fhir.PostAsync("/fhir/Observation", body);
        if (!answer.IsSuccessStatusCode) throw new InvalidOperationException($"create answered {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
        return answer.Headers.Location!.ToString().Split("/_history")[0].Split('/')[^1];
    }

    private async Task Read(string id)
    {
        using var answer = await fhir.GetAsync($"/fhir/Observation/{id}");
        if (!answer.IsSuccessStatusCode) throw new InvalidOperationException($"read answered {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
        await answer.Content.ReadAsByteArrayAsync();
    }
}
