namespace Health.IntegrationTests.Conformance.Proof;

public sealed class Generated_instances
{
    [Fact]
    public void are_valid_for_every_type()
    {
        List<string> wrong = [];
        foreach (var type in Health.Fhir.Wire.ResourceTypes.All)
        {
            try
            {
                Instances.Minimal(type, "x", "t");
            }
            catch (InvalidOperationException e)
            {
                wrong.Add(e.Message);
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }
}
