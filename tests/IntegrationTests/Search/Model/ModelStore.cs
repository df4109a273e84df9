using System.Net;
using System.Text;
using System.Text.Json;
using CsCheck;

namespace Health.IntegrationTests.Search.Model;

/// <summary>Writes the same random resources to the server and to memory, in three rounds: all, some changed or deleted, some again.</summary>
public static class ModelStore
{
    public static async Task<IReadOnlyList<ModelMoment>> Fill(SearchHost host, string seed)
    {
        var random = PCG.Parse(seed);
        var resources = new Dictionary<string, ModelResource>();
        List<ModelMoment> moments = [];
        var toWrite = ResourceGen.Names.ToList();
        for (var round = 0; round < 3; round++)
        {
            List<string> entries = [];
            foreach (var name in toWrite)
            {
                if (round > 0 && Gen.Int[0, 3].Generate(random, null, out _) == 0)
                {
                    if (resources.Remove(name)) entries.Add($"{{\"request\":{{\"method\":\"DELETE\",\"url\":\"{name}\"}}}}");
                    continue;
                }

                var resource = ResourceGen.Of(name).Generate(random, null, out _);
                resources[name] = resource;
                entries.Add($"{{\"resource\":{resource.Json},\"request\":{{\"method\":\"PUT\",\"url\":\"{name}\"}}}}");
            }

            await Write(host, entries);
            moments.Add(new ModelMoment(await host.Scalar<long>("select max(seq_id) from events.mt_events"), new Dictionary<string, ModelResource>(resources)));
            toWrite = [.. ResourceGen.Names.Where(_ => Gen.Int[0, 2].Generate(random, null, out var _) == 0)];
        }

        return moments;
    }

    private static async Task Write(SearchHost host, List<string> entries)
    {
        using var content = new StringContent($"{{\"resourceType\":\"Bundle\",\"type\":\"transaction\",\"entry\":[{string.Join(',', entries)}]}}", Encoding.UTF8, "application/fhir+json");
        using var answer = await host.Http.PostAsync("/fhir", content);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.OK, text.Length > 4000 ? text[..4000] : text);
        var written = JsonDocument.Parse(text).RootElement.GetProperty("entry").GetArrayLength();
        Assert.Equal(entries.Count, written);
    }
}
