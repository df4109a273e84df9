using System.Text.Json.Nodes;

namespace Health.IntegrationTests.Conformance.Proof;

/// <summary>
/// What proves a line of the statement about one resource type: null, or what did not hold. Every proof makes its own instance. A line without
/// an entry here is not proved, and the test says so.
/// </summary>
internal sealed class Life(StatementHost house, string type)
{
    private static int count;

    /// <summary>Interaction → its proof.</summary>
    public static readonly Dictionary<string, Func<Life, Task<string?>>> Interactions = new()
    {
        ["create"] = life => life.Creates(),
        ["read"] = life => life.Reads(""),
        ["vread"] = life => life.Reads("/_history/1"),
        ["update"] = life => life.Updates(),
        ["patch"] = life => life.Patches(),
        ["delete"] = life => life.Deletes(),
        ["history-instance"] = life => life.Remembers(),
        ["history-type"] = life => life.RemembersOfType(),
        ["search-type"] = life => life.IsFound(),
    };

    /// <summary>The request of an interaction that the statement does not offer; it must be refused.</summary>
    public static readonly Dictionary<string, (string Method, string Path)> Requests = new()
    {
        ["create"] = ("POST", ""), ["read"] = ("GET", "/x"), ["vread"] = ("GET", "/x/_history/1"), ["update"] = ("PUT", "/x"), ["patch"] = ("PATCH", "/x"),
        ["delete"] = ("DELETE", "/x"), ["history-instance"] = ("GET", "/x/_history"), ["history-type"] = ("GET", "/_history"), ["search-type"] = ("GET", "?_count=1"),
    };

    /// <summary>Member of the statement → its proof, given what the statement says.</summary>
    public static readonly Dictionary<string, Func<Life, JsonNode, Task<string?>>> Members = new()
    {
        ["versioning"] = (life, said) => life.IsVersioned((string)said!),
        ["readHistory"] = (life, said) => life.KeepsEarlierVersions((bool)said),
        ["updateCreate"] = (life, said) => life.CreatesByUpdate((bool)said),
        ["conditionalCreate"] = (life, said) => life.CreatesOnCondition((bool)said),
        ["conditionalRead"] = (life, said) => life.ReadsOnCondition((string)said!),
        ["conditionalUpdate"] = (life, said) => life.UpdatesOnCondition((bool)said),
        ["conditionalDelete"] = (life, said) => life.DeletesOnCondition((string)said!),
        ["referencePolicy"] = (life, said) => life.TakesReferences([.. said.AsArray().Select(one => (string)one!)]),
        ["supportedProfile"] = (life, said) => life.KnowsProfiles([.. said.AsArray().Select(one => (string)one!)]),
    };

    private JsonObject New(string? tag = null)
    {
        var id = $"life-{Interlocked.Increment(ref count)}";
        return Instances.Minimal(type, id, tag ?? id);
    }

    private async Task<string> Stored(JsonObject? resource = null)
    {
        resource ??= New();
        await house.Keep(resource);
        return (string)resource["id"]!;
    }

    private static string? Unless(bool holds, Answer answer, string what) => holds ? null : $"{what}: {answer}";

    private async Task<string?> Creates()
    {
        var answer = await house.Send("POST", type, New());
        return Unless(answer is { Status: 201, ETag: "W/\"1\"" } && (await house.Send("GET", $"{type}/{answer.Id}")).Status == 200, answer, "create");
    }

    private async Task<string?> Reads(string suffix)
    {
        var id = await Stored();
        var answer = await house.Send("GET", $"{type}/{id}{suffix}", null, ("Accept", "application/fhir+json"));
        return Unless(answer is { Status: 200, ETag: "W/\"1\"" } && (string?)answer.Json["resourceType"] == type && (string?)answer.Json["id"] == id, answer, "read");
    }

    private async Task<string?> Updates()
    {
        var resource = New();
        var id = await Stored(resource);
        resource["language"] = "en";
        var answer = await house.Send("PUT", $"{type}/{id}", resource);
        return Unless(answer is { Status: 200, ETag: "W/\"2\"" } && (string?)answer.Json["language"] == "en", answer, "update");
    }

    private async Task<string?> Patches()
    {
        var id = await Stored();
        var answer = await house.Send("PATCH", $"{type}/{id}", """[{"op":"add","path":"/language","value":"en"}]""", "application/json-patch+json");
        return Unless(answer is { Status: 200, ETag: "W/\"2\"" } && (string?)answer.Json["language"] == "en", answer, "patch");
    }

    private async Task<string?> Deletes()
    {
        var id = await Stored();
        var answer = await house.Send("DELETE", $"{type}/{id}");
        return Unless(answer.Status is 200 or 204, answer, "delete") ?? Unless((answer = await house.Send("GET", $"{type}/{id}")).Status == 410, answer, "read after delete");
    }

    private async Task<string?> Remembers()
    {
        var resource = New();
        var id = await Stored(resource);
        resource["language"] = "en";
        await house.Store(resource);
        var answer = await house.Send("GET", $"{type}/{id}/_history");
        return Unless(answer.Status == 200 && (string?)answer.Json["type"] == "history" && answer.Json["entry"]!.AsArray().Count == 2, answer, "history-instance");
    }

    private async Task<string?> RemembersOfType()
    {
        var id = await Stored();
        var answer = await house.Send("GET", $"{type}/_history?_count=100");
        return Unless(answer.Status == 200 && (string?)answer.Json["type"] == "history" && answer.Entries.Contains($"{type}/{id}"), answer, "history-type");
    }

    private async Task<string?> IsFound()
    {
        var id = await Stored();
        var got = await house.Send("GET", $"{type}?_id={id}");
        var posted = await house.Send("POST", $"{type}/_search", $"_id={id}", "application/x-www-form-urlencoded");
        foreach (var answer in new[] { got, posted })
            if (answer.Status != 200 || (string?)answer.Json["type"] != "searchset" || !answer.Entries.SetEquals([$"{type}/{id}"])) return $"search-type: {answer}";
        return null;
    }

    private async Task<string?> IsVersioned(string said)
    {
        var id = await Stored();
        if (!house.Offers(type, "update")) return Unless(said == "versioned", await house.Send("GET", $"{type}/{id}"), $"versioning {said} of what cannot be updated");
        var resource = Instances.Minimal(type, id, "another");
        var stale = await house.Send("PUT", $"{type}/{id}", resource, ("If-Match", "W/\"7\""));
        var right = await house.Send("PUT", $"{type}/{id}", resource, ("If-Match", "W/\"1\""));
        return Unless(said == "versioned-update" && stale.Status == 412, stale, "a stale If-Match") ?? Unless(right is { Status: 200, ETag: "W/\"2\"" }, right, "If-Match of the version");
    }

    private async Task<string?> KeepsEarlierVersions(bool said)
    {
        var resource = New();
        var id = await Stored(resource);
        resource["language"] = "en";
        await house.Store(resource);
        var answer = await house.Send("GET", $"{type}/{id}/_history/1");
        return Unless(said == (answer.Status == 200 && answer.Json["language"] is null), answer, $"readHistory {said}");
    }

    private async Task<string?> CreatesByUpdate(bool said)
    {
        var resource = New();
        var answer = await house.Send("PUT", $"{type}/{resource["id"]}", resource);
        return Unless(said ? answer.Status == 201 : answer.Status is >= 400 and < 500, answer, $"updateCreate {said}");
    }

    private async Task<string?> CreatesOnCondition(bool said)
    {
        var (first, tag) = (New(), $"cond-{Interlocked.Increment(ref count)}");
        var condition = ("If-None-Exist", $"_tag={Values.Base}|{tag}");
        first["meta"]!["tag"]![0]!["code"] = tag;
        var created = await house.Send("POST", type, first, condition);
        var again = await house.Send("POST", type, first, condition);
        return said
            ? Unless(created.Status == 201 && again.Status == 200 && again.Id == created.Id, again, "conditionalCreate")
            : Unless(created.Status is >= 400 and < 500, created, "conditionalCreate false");
    }

    private async Task<string?> ReadsOnCondition(string said)
    {
        var id = await Stored();
        var unchanged = await house.Send("GET", $"{type}/{id}", null, ("If-None-Match", "W/\"1\""));
        var changed = await house.Send("GET", $"{type}/{id}", null, ("If-None-Match", "W/\"9\""));
        if (changed.Message.Content.Headers.LastModified is not { } written) return $"a read of {type} says no Last-Modified";
        var since = await house.Send("GET", $"{type}/{id}", null, ("If-Modified-Since", written.ToString("R")));
        var before = await house.Send("GET", $"{type}/{id}", null, ("If-Modified-Since", written.AddYears(-1).ToString("R")));
        return said != "full-support" ? $"conditionalRead of {type} is {said}, which nothing proves"
            : Unless(unchanged.Status == 304, unchanged, "If-None-Match of the version") ?? Unless(changed.Status == 200, changed, "If-None-Match of another")
            ?? Unless(since.Status == 304, since, "If-Modified-Since its own Last-Modified") ?? Unless(before.Status == 200, before, "If-Modified-Since earlier");
    }

    private async Task<string?> UpdatesOnCondition(bool said)
    {
        var resource = New();
        var id = await Stored(resource);
        resource.Remove("id");
        resource["language"] = "en";
        var answer = await house.Send("PUT", $"{type}?_tag={Values.Base}|{id}", resource);
        return said ? Unless(answer is { Status: 200, ETag: "W/\"2\"" } && answer.Id == id, answer, "conditionalUpdate") : Unless(answer.Status is >= 400 and < 500, answer, "conditionalUpdate false");
    }

    private async Task<string?> DeletesOnCondition(string said)
    {
        var tag = $"many-{Interlocked.Increment(ref count)}";
        await Stored(New(tag));
        await Stored(New(tag));
        var condition = $"{type}?_tag={Values.Base}|{tag}";
        var ambiguous = await house.Send("DELETE", condition);
        if (said == "not-supported") return Unless(ambiguous.Status is >= 400 and < 500, ambiguous, "conditionalDelete not-supported");
        var several = await house.Send("DELETE", condition + "&_count=2");
        var left = await house.Send("GET", condition);
        return said != "multiple" ? $"conditionalDelete of {type} is {said}, which nothing proves"
            : Unless(ambiguous.Status == 412, ambiguous, "conditionalDelete without _count") ?? Unless(several.Status is 200 or 204, several, "conditionalDelete of two") ?? Unless(left.Entries.Count == 0, left, "search after conditionalDelete");
    }

    /// <summary>http://hl7.org/fhir/R4/valueset-reference-handling-policy.html: every policy is claimed if it holds, and only then.</summary>
    private async Task<string?> TakesReferences(string[] said)
    {
        async Task<Answer> With(string reference)
        {
            var basic = Instances.Minimal("Basic", $"ref-{Interlocked.Increment(ref count)}", "ref");
            basic["subject"] = JsonNode.Parse(reference);
            return await house.Send("PUT", $"Basic/{basic["id"]}", basic);
        }

        var literal = await With("""{"reference":"Patient/somebody"}""");
        var logical = await With("""{"identifier":{"system":"http://proof.example/identifiers","value":"I-1"}}""");
        var foreign = await With("""{"reference":"https://elsewhere.example/fhir/Patient/1"}""");
        return Unless(said.Contains("literal") == literal.Status is 201, literal, "referencePolicy literal") ?? Unless(said.Contains("logical") == logical.Status is 201, logical, "referencePolicy logical")
            // To be local means that references to other servers are not supported; to enforce, that the target must be there.
            ?? Unless(said.Contains("local") == foreign.Status is 400 or 422, foreign, "referencePolicy local") ?? Unless(said.Contains("enforced") == literal.Status is 400 or 409 or 422, literal, "referencePolicy enforced")
            ?? (said.Except(["literal", "logical", "local", "enforced"]).ToList() is { Count: > 0 } others ? $"referencePolicy {others[0]} is proved by nothing" : null);
    }

    private async Task<string?> KnowsProfiles(string[] said)
    {
        foreach (var profile in said)
        {
            var found = await house.Send("GET", $"StructureDefinition?url={Uri.EscapeDataString(profile)}");
            if (found.Status != 200 || found.Entries.Count != 1) return $"supportedProfile {profile} cannot be read here: {found}";
            var claimed = New();
            claimed["meta"]!["profile"] = new JsonArray(profile);
            var judged = await house.Send("POST", $"{type}/$validate?profile={Uri.EscapeDataString(profile)}", claimed);
            if (!judged.Text.Contains(type, StringComparison.Ordinal) || judged.Status is not (200 or 422)) return $"supportedProfile {profile} judges nothing: {judged}";
        }

        return null;
    }
}
