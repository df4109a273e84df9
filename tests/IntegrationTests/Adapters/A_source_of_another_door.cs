using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Health.IntegrationTests.Platform;

namespace Health.IntegrationTests.Adapters;

public sealed class A_source_of_another_door(Database database) : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("health-drop-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task is_refused_with_the_reason_and_nothing_is_stored()
    {
        await using var hospital = await Hospital.OpenWithLab(database, "{}", Drop());
        using var ack = await hospital.Send(Hospital.FromLab("D1"));
        Assert.Equal(("AR", "204", "MSH-3"), (ack.Get("MSA-1"), ack.Get("ERR-3.1"), ack.Get("ERR-7")));
        Assert.Contains("file", ack.Get("ERR-8"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await Post(hospital, "D2"));
        Assert.Equal(0L, await hospital.Scalar<long>("select count(*) from adapters.inbox"));
    }

    [Fact]
    public async Task is_taken_where_the_profile_says_so_and_only_there()
    {
        await using var hospital = await Hospital.OpenWithLab(database, "{}", Drop() + ",\"alsoDoors\":[\"mllp\"]");
        using var ack = await hospital.Send(Hospital.FromLab("D3"));
        Assert.Equal("AA", ack.Get("MSA-1"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await Post(hospital, "D4"));
    }

    private string Drop() => $$""","door":"file","fileDrop":{"folder":"{{folder}}"}""";

    private static async Task<HttpStatusCode> Post(Hospital hospital, string controlId)
    {
        using var http = hospital.Host.Http.As("sender", "MY510703H001");
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(Hospital.FromLab(controlId)));
        content.Headers.ContentType = MediaTypeHeaderValue.Parse("application/hl7-v2");
        using var answer = await http.PostAsync("/adapters/hl7v2", content);
        return answer.StatusCode;
    }
}
