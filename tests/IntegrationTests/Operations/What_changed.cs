using System.Net;
using System.Text.Json;

namespace Health.IntegrationTests.Operations;

[Collection(OperationTests.Name)]
public sealed class What_changed(OperationHost host)
{
    [Fact]
    public async Task between_two_versions_of_a_resource_is_told_as_patch_operations()
    {
        await host.It.Put("Patient/diff", "{'gender':'male','birthDate':'1980-01-01','name':[{'text':'A'},{'text':'B'}],'contact':[{'name':{'text':'K'}}]}");
        await host.It.Put("Patient/diff", "{'gender':'female','name':[{'text':'A'},{'text':'C'},{'text':'D'}],'contact':[{'name':{'text':'K'}}],'communication':[{'language':{'text':'zh'},'preferred':true}],'deceasedBoolean':false}");
        var operations = Operations(await host.It.Get("Patient/diff/$diff?_fromVersion=1&_toVersion=2"));
        Assert.Contains("replace Patient.gender female", operations);
        Assert.Contains("delete Patient.birthDate", operations);
        Assert.Contains("replace Patient.name[1].text C", operations);
        Assert.Contains("insert Patient.name 2 {\"text\":\"D\"}", operations);
        Assert.Contains("add Patient deceased False", operations);
        Assert.Contains("add Patient communication language preferred", operations);
        Assert.Equal(6, operations.Count);
    }

    [Fact]
    public async Task between_two_moments_is_told_of_a_resource_and_of_the_whole_record()
    {
        await host.It.Put("Patient/moments", "{'gender':'male'}");
        await host.It.Put("Observation/moments-1", "{'status':'preliminary','code':{'text':'x'},'subject':{'reference':'Patient/moments'}}");
        await host.It.Put("Observation/moments-2", "{'status':'final','code':{'text':'x'},'subject':{'reference':'Patient/moments'}}");
        await host.It.Put("Observation/moments-0", "{'status':'final','code':{'text':'unchanged'},'subject':{'reference':'Patient/moments'}}");
        var then = await host.Sequence();
        await host.It.Put("Observation/moments-1", "{'status':'final','code':{'text':'x'},'subject':{'reference':'Patient/moments'}}");
        using (await host.It.Http.DeleteAsync("/fhir/Observation/moments-2")) { }
        await host.It.Put("Observation/moments-3", "{'status':'final','code':{'text':'new'},'subject':{'reference':'Patient/moments'}}");
        var later = await host.Sequence();
        await host.It.Put("Patient/moments", "{'gender':'female'}");

        Assert.Equal(["replace Observation.status final"], Operations(await host.It.Get($"Observation/moments-1/$diff?_from={then}")));
        Assert.Equal("deleted", Value(await host.It.Get($"Observation/moments-2/$diff?_from={then}"), "change"));
        Assert.Equal("created", Value(await host.It.Get($"Observation/moments-3/$diff?_from={then}"), "change"));
        Assert.Equal("none", Value(await host.It.Get($"Patient/moments/$diff?_from={then}&_to={later}"), "change"));
        var record = await host.It.Get($"Patient/moments/$diff?_record=true&_from={then}&_to={later}");
        Assert.Equal(
            ["Observation/moments-1 updated", "Observation/moments-2 deleted", "Observation/moments-3 created"],
            record.GetProperty("parameter").EnumerateArray().Select(entry => $"{entry.GetProperty("part")[0].GetProperty("valueUri").GetString()} {entry.GetProperty("part")[1].GetProperty("valueCode").GetString()}"));
    }

    [Theory]
    [InlineData("Patient/moments-x/$diff?_from=1", HttpStatusCode.NotFound)]
    [InlineData("Organization/diff-odd/$diff", HttpStatusCode.BadRequest)]
    [InlineData("Organization/diff-odd/$diff?_from=yesterday", HttpStatusCode.BadRequest)]
    [InlineData("Organization/diff-odd/$diff?_fromVersion=7", HttpStatusCode.NotFound)]
    [InlineData("Organization/diff-odd/$diff?_record=true&_from=1", HttpStatusCode.BadRequest)]
    public async Task is_not_told_where_the_question_is_unclear(string query, HttpStatusCode status)
    {
        await host.It.Put("Organization/diff-odd", "{'name':'x'}");
        using var answer = await host.It.Http.GetAsync($"/fhir/{query}");
        Assert.Equal(status, answer.StatusCode);
    }

    private static string? Value(JsonElement parameters, string name) =>
        parameters.GetProperty("parameter").EnumerateArray().First(parameter => parameter.GetProperty("name").GetString() == name).EnumerateObject().Last().Value.ToString();

    /// <summary>Type, path, name, index and value of each; a value of parts as the names of its parts.</summary>
    private static List<string> Operations(JsonElement parameters) =>
    [
        .. parameters.GetProperty("parameter").EnumerateArray().Where(parameter => parameter.GetProperty("name").GetString() == "operation").Select(operation => string.Join(' ', operation.GetProperty("part").EnumerateArray()
            .Select(part => part.TryGetProperty("part", out var parts) ? string.Join(' ', parts.EnumerateArray().Select(each => each.GetProperty("name").GetString())) : part.EnumerateObject().Last().Value.ToString()))),
    ];
}
