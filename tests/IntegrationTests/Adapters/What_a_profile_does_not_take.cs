using Health.IntegrationTests.Platform;

namespace Health.IntegrationTests.Adapters;

public sealed class What_a_profile_does_not_take(Database database) : IAsyncLifetime
{
    private Hospital hospital = null!;

    public async ValueTask InitializeAsync() =>
        hospital = await Hospital.OpenWithLab(database, """{"versions":["2.5.1"],"events":["ADT^A04","ORU"],"processingIds":["P"]}""");

    public ValueTask DisposeAsync() => hospital.DisposeAsync();

    [Theory]
    [InlineData("|P|2.5.1", "|P|2.3", "203", "MSH-12")]
    [InlineData("|P|2.5.1", "|T|2.5.1", "202", "MSH-11")]
    [InlineData("ADT^A04", "ADT^A40", "201", "MSH-9.2")]
    [InlineData("ADT^A04", "DFT^P03", "200", "MSH-9.1")]
    public async Task is_rejected_with_its_place_and_not_stored(string from, string to, string code, string path)
    {
        using var ack = await hospital.Send(Hospital.FromLab("R1").Replace(from, to, StringComparison.Ordinal));
        var place = ack.Get("MSH-12") == "2.3" ? ack.Get("ERR-1.4.1") : ack.Get("ERR-3.1");
        Assert.Equal(("AR", "R1", code), (ack.Get("MSA-1"), ack.Get("MSA-2"), place));
        if (code != "203") Assert.Equal(path, ack.Get("ERR-7"));
        Assert.Equal(0L, await hospital.Scalar<long>("select count(*) from adapters.inbox"));
    }

    [Theory]
    [InlineData("ADT^A04")]
    [InlineData("ORU^R30")]
    public async Task leaves_what_it_takes_alone(string type)
    {
        using var ack = await hospital.Send(Hospital.FromLab("R2").Replace("ADT^A04", type, StringComparison.Ordinal));
        Assert.Equal("AA", ack.Get("MSA-1"));
    }

    [Fact]
    public async Task of_an_enhanced_sender_is_rejected_by_CR()
    {
        using var ack = await hospital.Send(Hospital.FromLab("R3", "||ER|NE").Replace("ADT^A04", "ADT^A40", StringComparison.Ordinal));
        Assert.Equal(("CR", "R3"), (ack.Get("MSA-1"), ack.Get("MSA-2")));
    }
}
