using System.Text;
using Health.Hl7v2;
using Health.IntegrationTests.Platform;

namespace Health.IntegrationTests.Adapters;

public sealed class A_frame_that_is_none(Database database) : IAsyncLifetime
{
    private Hospital hospital = null!;

    public async ValueTask InitializeAsync() => hospital = await Hospital.Open(database, ("MaxMessageBytes", "4096"), ("ReadTimeoutSeconds", "1"), ("MaxConnections", "2"));

    public ValueTask DisposeAsync() => hospital.DisposeAsync();

    [Fact]
    public async Task because_it_is_too_large_is_refused_and_its_connection_closed()
    {
        using var client = await hospital.Connect();
        var answer = await Hospital.Send(client.GetStream(), Encoding.UTF8.GetBytes(Hospital.Registration("B1", name: new string('x', 5000))));
        using var ack = Hl7Message.Read(answer!).Message!;
        Assert.Equal(("AR", "104"), (ack.Get("MSA-1"), ack.Get("ERR-3.1")));
        Assert.Equal(0, await client.GetStream().ReadAsync(new byte[1]));
        await StillServes("B2");
    }

    [Theory]
    [InlineData("\vMSH|^~\\&|HIS|MYCH\u001cx")]
    [InlineData("\vMSH|^~\\&|HIS|MYCH")]
    public async Task because_it_is_broken_or_never_ends_gets_no_answer_and_is_not_stored(string bytes)
    {
        using var client = await hospital.Connect();
        await client.GetStream().WriteAsync(Encoding.UTF8.GetBytes(bytes));
        Assert.Equal(0, await client.GetStream().ReadAsync(new byte[1]));
        Assert.Equal(0L, await hospital.Scalar<long>("select count(*) from adapters.inbox"));
        await StillServes("B3");
    }

    [Fact]
    public async Task A_connection_above_the_limit_waits_for_its_place()
    {
        var first = await hospital.Connect();
        using var second = await hospital.Connect();
        await Hospital.Send(first.GetStream(), Encoding.UTF8.GetBytes(Hospital.Registration("B4")));
        await Hospital.Send(second.GetStream(), Encoding.UTF8.GetBytes(Hospital.Registration("B5")));
        using var third = await hospital.Connect();
        var waiting = Hospital.Send(third.GetStream(), Encoding.UTF8.GetBytes(Hospital.Registration("B6")));
        await Hospital.Send(second.GetStream(), Encoding.UTF8.GetBytes(Hospital.Registration("B7")));
        Assert.False(waiting.IsCompleted);
        first.Dispose();
        Assert.NotNull(await waiting);
    }

    private async Task StillServes(string controlId)
    {
        using var ack = await hospital.Send(Hospital.Registration(controlId));
        Assert.Equal("AA", ack.Get("MSA-1"));
    }
}
