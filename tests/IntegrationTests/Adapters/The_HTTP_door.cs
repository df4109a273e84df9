using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Health.Hl7v2;
using Health.IntegrationTests.Platform;

namespace Health.IntegrationTests.Adapters;

public sealed class The_HTTP_door(Database database) : IAsyncLifetime
{
    private Hospital hospital = null!;

    public async ValueTask InitializeAsync() => hospital = await Hospital.Open(database, ("MaxMessageBytes", "4096"));

    public ValueTask DisposeAsync() => hospital.DisposeAsync();

    [Fact]
    public async Task stores_a_message_and_answers_what_MLLP_would()
    {
        var (status, ack, location) = await Post(Hospital.Registration("W1"), "MY510703H001");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(Encoding.UTF8.GetBytes(ack), await hospital.Send(Encoding.UTF8.GetBytes(Hospital.Registration("W1"))));
        await hospital.UntilDone(1);
        using var http = hospital.Host.Http.As("demo-hospital", "MY510703H001");
        Assert.Contains("\"done\"", await http.GetStringAsync(location), StringComparison.Ordinal);
        using var other = hospital.Host.Http.As("demo-centre", "MY510704W001");
        Assert.Equal(HttpStatusCode.NotFound, (await other.GetAsync(location)).StatusCode);
    }

    [Fact]
    public async Task takes_messages_only_for_the_callers_own_institution_in_size_and_type()
    {
        var (status, ack, _) = await Post(Hospital.Registration("W2"), "MY510704W001");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Equal("AR", Hl7Message.Read(Encoding.UTF8.GetBytes(ack)).Message!.Get("MSA-1"));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await Post(Hospital.Registration("W3", name: new string('x', 5000)), "MY510703H001")).Status);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await Post(Hospital.Registration("W4"), "MY510703H001", "text/plain")).Status);
        Assert.Equal(0L, await hospital.Scalar<long>("select count(*) from adapters.inbox"));
    }

    [Theory]
    [InlineData("application/hl7-v2; charset=gb18030", HttpStatusCode.OK)]
    [InlineData("application/hl7-v2; charset=klingon", HttpStatusCode.UnsupportedMediaType)]
    public async Task reads_the_charset_the_content_type_names(string type, HttpStatusCode expected)
    {
        using var http = hospital.Host.Http.As("sender", "MY510704W001");
        using var content = new ByteArrayContent(Hl7Charset.Gb18030.Encoding.GetBytes(Hospital.Registration("W5", name: "珅^昞", sender: "CIS|YXWS")));
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        using var answer = await http.PostAsync("/adapters/hl7v2", content);
        Assert.Equal(expected, answer.StatusCode);
        Assert.Equal(expected == HttpStatusCode.OK ? 1L : 0L, await hospital.Scalar<long>("select count(*) from adapters.inbox where charset = 'GB 18030-2000'"));
    }

    [Fact]
    public async Task takes_nothing_from_a_client_whose_scopes_only_read()
    {
        using var http = hospital.Host.Http.As("desk", "MY510703H001", scopes: "system/Patient.rs");
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(Hospital.Registration("W6")));
        content.Headers.ContentType = MediaTypeHeaderValue.Parse("application/hl7-v2");
        using var answer = await http.PostAsync("/adapters/hl7v2", content);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        using var ack = Hl7Message.Read(await answer.Content.ReadAsByteArrayAsync()).Message!;
        Assert.Equal("AR", ack.Get("MSA-1"));
        Assert.Equal(0L, await hospital.Scalar<long>("select count(*) from adapters.inbox"));
    }

    [Fact]
    public async Task maps_a_message_in_the_charset_its_content_type_named()
    {
        await hospital.Stop();
        await hospital.Lab("{}");
        await hospital.Start();
        using var http = hospital.Host.Http.As("sender", "MY510703H001");
        using var content = new ByteArrayContent(Encoding.Latin1.GetBytes(Hospital.Registration("W7", name: "Müller^Jörg", sender: "LIS|LAB")));
        content.Headers.ContentType = MediaTypeHeaderValue.Parse("application/hl7-v2; charset=iso-8859-1");
        using var answer = await http.PostAsync("/adapters/hl7v2", content);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await hospital.UntilDone(1);
        Assert.Contains("Müller", Encoding.UTF8.GetString(Assert.Single(hospital.Records.Written).Writes[0].Json.Span), StringComparison.Ordinal);
    }

    private async Task<(HttpStatusCode Status, string Ack, string? Location)> Post(string message, string institution, string type = "x-application/hl7-v2+er7")
    {
        using var http = hospital.Host.Http.As("sender", institution);
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(message));
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        using var answer = await http.PostAsync("/adapters/messages", content);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(), answer.Headers.Location?.ToString());
    }
}
