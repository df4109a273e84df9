using System.Text.Json.Nodes;
using Health.Fhir.Wire;
using Hl7.Fhir.Model;
using Task = System.Threading.Tasks.Task;

namespace Health.IntegrationTests.Conformance.Proof;

/// <summary>The lines of the statement that are of the whole server, and what it leaves out.</summary>
[Collection(StatementTests.Name)]
public sealed class The_capability_statement_of_the_whole(StatementHost house)
{
    private const string Patch = """{"resourceType":"Parameters","parameter":[{"name":"operation","part":[{"name":"type","valueCode":"add"},{"name":"path","valueString":"Basic"},{"name":"name","valueString":"language"},{"name":"value","valueCode":"en"}]}]}""";

    private static readonly Dictionary<string, (string Body, string Media)> Patches = new()
    {
        ["application/json-patch+json"] = ("""[{"op":"add","path":"/language","value":"en"}]""", "application/json-patch+json"),
        ["application/merge-patch+json"] = ("""{"language":"en"}""", "application/merge-patch+json"),
        ["application/fhir+json"] = (Patch, "application/fhir+json"),
        ["application/fhir+xml"] = ("""<Parameters xmlns="http://hl7.org/fhir"><parameter><name value="operation"/><part><name value="type"/><valueCode value="add"/></part><part><name value="path"/><valueString value="Basic"/></part><part><name value="name"/><valueString value="language"/></part><part><name value="value"/><valueCode value="en"/></part></parameter></Parameters>""", "application/fhir+xml"),
    };

    [Fact]
    public Task offers_each_interaction_of_the_system() => StatementHost.Each(house.Rest["interaction"]!.AsArray().Select(one => (string)one!["code"]!), async code =>
    {
        var resource = Instances.Minimal("Basic", "system-" + code, "system");
        await house.Store(resource);
        var entry = new JsonObject { ["resource"] = resource.DeepClone(), ["request"] = new JsonObject { ["method"] = "PUT", ["url"] = $"Basic/{resource["id"]}" } };
        var answer = code switch
        {
            "transaction" or "batch" => await house.Send("POST", "", new JsonObject { ["resourceType"] = "Bundle", ["type"] = code, ["entry"] = new JsonArray(entry) }),
            "history-system" => await house.Send("GET", "_history?_count=50"),
            "search-system" => await house.Send("GET", $"?_type=Basic,Patient&_id={resource["id"]}"),
            _ => null,
        };
        var type = code switch { "history-system" => "history", "search-system" => "searchset", _ => code + "-response" };
        return answer is null ? $"the interaction {code} is proved by nothing" : answer.Status == 200 && (string?)answer.Json["type"] == type && answer.Json["entry"]!.AsArray().Count > 0 ? null : answer.ToString();
    });

    [Fact]
    public async Task reads_and_writes_each_format()
    {
        await house.Store(Instances.Minimal("Basic", "formats", "formats"));
        await StatementHost.Each(house.Statement["format"]!.AsArray().Select(one => (string)one!), async format =>
        {
            var isXml = format.Contains("xml", StringComparison.Ordinal);
            var (byParameter, byHeader) = (await house.Send("GET", $"Basic/formats?_format={Uri.EscapeDataString(format)}"), await house.Send("GET", "Basic/formats", null, ("Accept", format.Contains('/') ? format : "application/" + format)));
            foreach (var answer in new[] { byParameter, byHeader })
                if (answer.Status != 200 || answer.Text.StartsWith('<') != isXml || answer.Message.Content.Headers.ContentType!.MediaType!.Contains("xml", StringComparison.Ordinal) != isXml) return answer.ToString();
            var written = await house.Send("PUT", "Basic/formats", byParameter.Text, format.Contains('/') ? format : "application/" + format);
            return written.Status == 200 ? null : written.ToString();
        });
    }

    [Fact]
    public Task patches_in_each_format() => StatementHost.Each(house.Statement["patchFormat"]!.AsArray().Select(one => (string)one!), async format =>
    {
        if (!Patches.TryGetValue(format, out var patch)) return $"the patch format {format} is proved by nothing";
        var id = "patched-" + format.Split('/')[1].Replace('+', '-');
        await house.Store(Instances.Minimal("Basic", id, id));
        var answer = await house.Send("PATCH", $"Basic/{id}", patch.Body, patch.Media, ("Accept", "application/fhir+json"));
        return answer.Status == 200 && (string?)answer.Json["language"] == "en" ? null : answer.ToString();
    });

    [Fact]
    public async Task is_closed_to_strangers_by_the_service_it_names()
    {
        var services = house.Rest["security"]!["service"]!.AsArray().SelectMany(one => one!["coding"]!.AsArray()).Select(one => (string)one!["code"]!).ToList();
        Assert.Equal(["OAuth"], services);
        await StatementHost.Each(house.Types.Keys, async type =>
        {
            using var answer = await house.Stranger.GetAsync(new Uri(house.Base, $"{type}/x"));
            return answer.StatusCode == System.Net.HttpStatusCode.Unauthorized && answer.Headers.WwwAuthenticate.Any(way => way.Scheme == "Bearer") ? null : $"{type}/x: {(int)answer.StatusCode} without a token";
        });
    }

    [Fact]
    public Task refuses_the_interactions_it_does_not_name() => StatementHost.Each(
        house.Types.Keys.SelectMany(type => Life.Requests.Where(one => !house.Offers(type, one.Key)).Select(one => (one.Value.Method, Path: type + one.Value.Path, Body: one.Value.Method is "POST" or "PUT" ? Instances.Minimal(type, "x", "x") : null)))
            .Concat(Foreign()),
        async one => Refused(await house.Send(one.Method, one.Path, one.Body), 404, 405));

    private static IEnumerable<(string Method, string Path, JsonObject? Body)> Foreign()
    {
        foreach (var type in new[] { "Parameters", "Resource", "DomainResource", "Colour" })
            foreach (var (method, path) in Life.Requests.Values) yield return (method, type + path, method is "POST" or "PUT" ? new JsonObject { ["resourceType"] = type, ["id"] = "x" } : null);
        // Verbs at addresses that are there for others.
        foreach (var path in new[] { "Basic/x/_history", "Basic/x/_history/1", "Basic/_history", "_history", "metadata" })
            foreach (var method in new[] { "PUT", "PATCH", "DELETE", "POST" }) yield return (method, path, null);
        foreach (var method in new[] { "PUT", "PATCH", "DELETE" }) yield return (method, "", null);
        yield return ("POST", "Basic/x", null);
    }

    [Fact]
    public Task refuses_the_operations_it_does_not_name()
    {
        var all = house.Types.Values.Append(house.Rest).SelectMany(one => Names(one, "operation")).Append("convert").Append("graphql").Distinct().ToList();
        return StatementHost.Each(house.Types.Select(type => (Path: type.Key + "/", Of: type.Value)).Append((Path: "", Of: house.Rest)).SelectMany(at => all.Except(Names(at.Of, "operation")).Select(name => (at.Path, name))), async one =>
        {
            foreach (var path in one.Path.Length == 0 ? [$"${one.name}"] : new[] { $"{one.Path}${one.name}", $"{one.Path}x/${one.name}" })
                foreach (var method in new[] { "GET", "POST" })
                    if (Refused(await house.Send(method, path, method == "POST" ? new JsonObject { ["resourceType"] = "Parameters" } : null), 404, 405) is { } wrong) return wrong;
            return null;
        });
    }

    [Fact]
    public Task refuses_the_parameters_it_does_not_name() => StatementHost.Each(
        house.Types.SelectMany(type => ModelInfo.SearchParameters.Where(p => p.Resource == type.Key || p.Resource is "Resource" or "DomainResource").Select(p => p.Name!).Append("colour").Except(Names(type.Value, "searchParam")).Distinct().Select(code => (type.Key, code))),
        async one => Refused(await house.Send("GET", $"{one.Key}?{one.code}=word"), 400));

    private static List<string> Names(JsonObject of, string member) => [.. (of[member]?.AsArray() ?? []).Select(one => (string)one!["name"]!)];

    private static string? Refused(Answer answer, params int[] as_) =>
        as_.Contains(answer.Status) && (string?)answer.Json["resourceType"] == "OperationOutcome" ? null : $"not refused: {answer}";
}
