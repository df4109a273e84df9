using System.Net.Http.Headers;
using Hl7.Fhir.Model;
using Hl7.Fhir.Rest;

namespace Health.IntegrationTests.Clients;

/// <summary>Hl7.Fhir.Rest.FhirClient, in JSON and in XML.</summary>
[Collection<ClientCollection>]
public sealed class The_client_of_Firely(ClientHouse house)
{
    private readonly string run = Guid.NewGuid().ToString("N");

    [Theory]
    [InlineData(ResourceFormat.Json)]
    [InlineData(ResourceFormat.Xml)]
    public async System.Threading.Tasks.Task creates_reads_updates_patches_deletes_and_sees_the_past(ResourceFormat format)
    {
        using var client = await Client(format);
        var created = (await client.CreateAsync(Organization("甲", "a")))!;
        var read = (await client.ReadAsync<Organization>($"Organization/{created.Id}"))!;
        Assert.Equal(("甲", "1"), (read.Name, read.VersionId));
        read.Name = "乙";
        var updated = (await client.UpdateAsync(read, versionAware: true))!;
        Assert.Equal("2", updated.VersionId);
        var patch = new Parameters();
        patch.AddReplacePatchParameter("Organization.name", new FhirString("丙"));
        var patched = (await client.PatchAsync<Organization>(created.Id!, patch))!;
        Assert.Equal("丙", patched.Name);
        Assert.Equal("甲", (await client.ReadAsync<Organization>($"Organization/{created.Id}/_history/1"))!.Name);
        var history = (await client.HistoryAsync($"Organization/{created.Id}"))!;
        Assert.Equal(3, history.Entry.Count);
        await client.DeleteAsync($"Organization/{created.Id}");
        await Refused(410, () => client.ReadAsync<Organization>($"Organization/{created.Id}"));
    }

    [Theory]
    [InlineData(ResourceFormat.Json)]
    [InlineData(ResourceFormat.Xml)]
    public async System.Threading.Tasks.Task carries_a_transaction_and_turns_every_page_of_a_search(ResourceFormat format)
    {
        using var client = await Client(format);
        var transaction = new TransactionBuilder(house.Base, Bundle.BundleType.Transaction);
        for (var i = 0; i < 25; i++) transaction.Create(Organization("页", $"p{i}"));
        var answer = (await client.TransactionAsync(transaction.ToBundle()))!;
        Assert.Equal(25, answer.Entry.Count(entry => entry.Response!.Status!.StartsWith("201", StringComparison.Ordinal)));
        var identifiers = string.Join(',', Enumerable.Range(0, 25).Select(i => $"urn:test:firely|{run}-p{i}"));
        var seen = new HashSet<string>();
        for (var page = await client.SearchAsync<Organization>([$"identifier={identifiers}"], pageSize: 10); page is not null; page = await client.ContinueAsync(page))
            seen.UnionWith(page.Entry.Select(entry => entry.Resource!.Id!));
        Assert.Equal(25, seen.Count);
        var posted = (await client.SearchUsingPostAsync<Organization>(new SearchParams("identifier", $"urn:test:firely|{run}-p7")))!;
        Assert.Equal(1, posted.Total);
    }

    [Fact]
    public async System.Threading.Tasks.Task meets_conditions_and_refusals_as_it_knows_them()
    {
        using var client = await Client(ResourceFormat.Json);
        var condition = new SearchParams("identifier", $"urn:test:firely|{run}-c");
        var created = (await client.ConditionalCreateAsync(Organization("甲", "c"), condition))!;
        Assert.Equal(created.Id, (await client.ConditionalCreateAsync(Organization("甲", "c"), condition))!.Id);
        created.Name = "乙";
        await client.UpdateAsync(created, versionAware: true);
        await Refused(412, () => client.UpdateAsync(created, versionAware: true));
        await Refused(404, () => client.ReadAsync<Organization>("Organization/none"));
        await Refused(400, () => client.SearchAsync<Organization>(["colour=red"]));
        var outcome = await Refused(422, () => client.CreateAsync(new Observation { Code = new CodeableConcept { Text = "a" } }));
        Assert.Contains("Observation", outcome.Issue[0].Expression.First());
        var statement = (await client.CapabilityStatementAsync())!;
        Assert.Equal(FHIRVersion.N4_0_1, statement.FhirVersion);
    }

    private static async System.Threading.Tasks.Task<OperationOutcome> Refused(int status, Func<System.Threading.Tasks.Task> work)
    {
        var refused = await Assert.ThrowsAsync<FhirOperationException>(work);
        Assert.Equal(status, (int)refused.Status);
        return Assert.IsType<OperationOutcome>(refused.Outcome);
    }

    private async System.Threading.Tasks.Task<FhirClient> Client(ResourceFormat format)
    {
        var client = new FhirClient(house.Base, new FhirClientSettings { PreferredFormat = format, VerifyFhirVersion = true });
        client.RequestHeaders!.Authorization = new AuthenticationHeaderValue("Bearer", await house.Token());
        return client;
    }

    private Organization Organization(string name, string number) => new() { Name = name, Identifier = [new Identifier("urn:test:firely", $"{run}-{number}")] };
}
