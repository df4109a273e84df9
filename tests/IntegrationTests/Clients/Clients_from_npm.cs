namespace Health.IntegrationTests.Clients;

[Collection<ClientCollection>]
public sealed class Clients_from_npm(ClientHouse house)
{
    [Theory]
    [InlineData("fhir-kit-client.mjs", "capabilities|create, read, update, patch|vread, history|conditional create|412, 404, 400|transaction, batch|search, paging to the end|delete, 410")]
    [InlineData("medplum.mjs", "create, read, update, patch|vread, history|conditional create, conditional update|404, 400, 422, 412|transaction|search, paging to the end|delete, 410")]
    public async Task work_with_a_real_token(string script, string steps)
    {
        Assert.SkipUnless(NodeScripts.IsHere, "node and npm are not installed.");
        var (exit, output) = await NodeScripts.Run(script, house.Base, await house.Token());
        Assert.True(exit == 0, output);
        Assert.Equal(steps.Split('|').Select(step => "done: " + step), output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line.StartsWith("done: ", StringComparison.Ordinal)));
    }
}
