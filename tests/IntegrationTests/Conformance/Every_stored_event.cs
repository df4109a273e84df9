using System.Text.Json.Nodes;

namespace Health.IntegrationTests.Conformance;

/// <summary>
/// Events are never rewritten, so whatever was stored must be read for as long as the platform lives: the names are frozen in
/// conformance/events.txt, the form in one sample each. Never edit a sample; a new form is a new name.
/// With HEALTH_WRITE_SAMPLES=1 the samples that are missing are written first.
/// </summary>
public sealed class Every_stored_event(StoredFacts facts) : IClassFixture<StoredFacts>
{
    [Fact]
    public void has_a_frozen_name()
    {
        var frozen = File.ReadAllLines(Path.Combine(StoredFacts.Folder, "events.txt"));
        Assert.Equal(frozen.Order(StringComparer.Ordinal), frozen);
        Assert.Equal(frozen, facts.All.Select(fact => fact.Name));
    }

    [Fact]
    public void has_a_sample_that_still_reads_and_is_written_as_it_was()
    {
        if (Environment.GetEnvironmentVariable("HEALTH_WRITE_SAMPLES") == "1") WriteMissing();
        Assert.Equal(facts.All.Select(fact => fact.SampleFile), Directory.EnumerateFiles(StoredFacts.Samples).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal));
        var faults = facts.All.Select(fact => (fact.Name, Fault: facts.Fault(fact, SampleOf(fact)))).Where(result => result.Fault is not null).ToList();
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    [Fact]
    public void that_loses_or_renames_a_member_is_caught()
    {
        foreach (var fact in facts.All.Where(fact => fact.Binary is null))
        {
            var sample = JsonNode.Parse(SampleOf(fact))!.AsObject();
            sample["MemberOfLastYear"] = "x";
            Assert.Equal("$.MemberOfLastYear is lost", facts.Fault(fact, sample.ToJsonString()));
        }
    }

    [Fact]
    public void whose_member_is_missing_in_the_sample_or_of_another_type_is_caught()
    {
        var fact = facts.Named("broker.resident-key-destroyed.v1");
        var sample = JsonNode.Parse(SampleOf(fact))!.AsObject();
        var member = sample.First().Key;
        sample[member] = new JsonObject { ["value"] = 1 };
        Assert.ThrowsAny<System.Text.Json.JsonException>(() => facts.Fault(fact, sample.ToJsonString()));
        var money = facts.Named("cards.purse-debited.v1");
        var without = JsonNode.Parse(SampleOf(money))!.AsObject();
        without.Remove(without.First().Key);
        Assert.EndsWith("appears", facts.Fault(money, without.ToJsonString()), StringComparison.Ordinal);
    }

    [Fact]
    public void in_bytes_of_another_format_is_caught()
    {
        var fact = facts.Named("fhir.resource-created.v1");
        Assert.Throws<InvalidDataException>(() => facts.Fault(fact, "02" + SampleOf(fact)[2..]));
    }

    private static string SampleOf(StoredFact fact) => File.ReadAllText(Path.Combine(StoredFacts.Samples, fact.SampleFile));

    private void WriteMissing()
    {
        Directory.CreateDirectory(StoredFacts.Samples);
        foreach (var fact in facts.All)
        {
            var file = Path.Combine(StoredFacts.Samples, fact.SampleFile);
            if (!File.Exists(file)) File.WriteAllText(file, facts.Write(fact, SampleValues.Of(fact.Type, fact.Name)));
        }
    }
}
