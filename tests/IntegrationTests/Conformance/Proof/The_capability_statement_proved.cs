using System.Text.Json.Nodes;
using Health.Fhir.Wire;
using Hl7.Fhir.Model;
using Task = System.Threading.Tasks.Task;

namespace Health.IntegrationTests.Conformance.Proof;

/// <summary>
/// Each line of the CapabilityStatement of a running server, proved against that server: the statement is the list, so a line that comes to it
/// is proved or fails. What it does not offer is refused.
/// </summary>
[Collection(StatementTests.Name)]
public sealed class The_capability_statement_proved(StatementHost house)
{
    private const int Variants = 6;

    [Fact]
    public async Task is_itself_a_valid_resource_without_a_member_that_nothing_proves()
    {
        var judged = await house.Send("POST", "CapabilityStatement/$validate", house.Statement);
        Assert.DoesNotContain(judged.Json["issue"]!.AsArray(), issue => (string?)issue!["severity"] is "error" or "fatal");
        HashSet<string> root = ["resourceType", "status", "date", "kind", "software", "implementation", "fhirVersion", "format", "patchFormat", "rest"];
        HashSet<string> rest = ["mode", "security", "resource", "interaction", "searchParam", "operation"];
        HashSet<string> resource = ["type", "interaction", "searchInclude", "searchRevInclude", "searchParam", "operation", .. Life.Members.Keys];
        Assert.Empty(house.Statement.Select(member => member.Key).Except(root));
        Assert.Empty(house.Rest.Select(member => member.Key).Except(rest));
        Assert.Empty(house.Types.Values.SelectMany(type => type.Select(member => member.Key)).Distinct().Except(resource));
        Assert.Equal((string)house.Statement["implementation"]!["url"]! + "/", house.Base.ToString());
        Assert.Equal(("4.0.1", "server", "instance"), ((string)house.Statement["fhirVersion"]!, (string)house.Rest["mode"]!, (string)house.Statement["kind"]!));
    }

    [Fact]
    public Task offers_each_interaction_of_each_type() => StatementHost.Each(
        house.Types.SelectMany(type => type.Value["interaction"]!.AsArray().Select(interaction => (Type: type.Key, Code: (string)interaction!["code"]!))),
        async line => !Life.Interactions.TryGetValue(line.Code, out var proof) ? $"{line.Type}: the interaction {line.Code} is proved by nothing (Life.Interactions)" : Place(line.Type, await proof(new Life(house, line.Type))));

    [Fact]
    public Task does_with_each_type_as_it_says() => StatementHost.Each(
        house.Types.SelectMany(type => type.Value.Where(member => Life.Members.ContainsKey(member.Key)).Select(member => (Type: type.Key, Member: member.Key, Said: member.Value!))),
        async line => Place(line.Type, await Life.Members[line.Member](new Life(house, line.Type), line.Said)));

    [Fact]
    public async Task searches_by_each_parameter_of_each_type()
    {
        var unproved = new System.Collections.Concurrent.ConcurrentBag<string>();
        var proved = 0;
        await StatementHost.Each(house.Types, async type =>
        {
            var parameters = type.Value["searchParam"]!.AsArray().Select(p => (Code: (string)p!["name"]!, Kind: (string)p["type"]!)).ToList();
            var instances = await Stored(type.Key, parameters.Select(p => SearchSamples.Definition(type.Key, p.Code)?.Expression ?? ""));
            foreach (var (code, kind) in parameters)
            {
                var found = instances.Select(instance => (Id: instance.Id!, Sample: SearchSamples.Of(instance, type.Key, code, kind))).FirstOrDefault(one => one.Sample is not null);
                if (found.Sample is { } sample)
                {
                    if (await Find(type.Key, $"_id={found.Id}&{code}={Uri.EscapeDataString(sample.Hit)}", 1) is { } missed) return missed;
                    if (await Find(type.Key, $"_id={found.Id}&{code}={Uri.EscapeDataString(sample.Miss)}", 0) is { } too) return too;
                    Interlocked.Increment(ref proved);
                    continue;
                }

                unproved.Add($"{type.Key}.{code}");
                var answer = await house.Send("GET", $"{type.Key}?{code}={Uri.EscapeDataString(SearchSamples.Form(code, kind, SearchSamples.Definition(type.Key, code)))}&_count=1");
                if (answer.Status != 200 || (string?)answer.Json["type"] != "searchset") return answer.ToString();
            }

            return null;
        });
        Assert.True(unproved.Count * 16 < proved, $"{proved} parameters find what has their value; no generated instance has one for {unproved.Count}: {string.Join(' ', unproved.Order())}");
        Assert.DoesNotContain(house.Types.Keys, type => unproved.Count(code => code.StartsWith(type + ".", StringComparison.Ordinal)) > house.Types[type]["searchParam"]!.AsArray().Count / 2);
    }

    [Fact]
    public Task names_parameters_by_definitions_that_say_the_same() => StatementHost.Each(
        house.Types.SelectMany(type => type.Value["searchParam"]!.AsArray().Select(p => (Type: type.Key, Code: (string)p!["name"]!, Kind: (string)p["type"]!, Url: (string?)p["definition"]))),
        async line =>
        {
            if (line.Url is null) return $"{line.Type}.{line.Code} names no definition";
            if (ModelInfo.SearchParameters.FirstOrDefault(p => p.Url == line.Url) is { } known) return known.Name == line.Code && $"{known.Type}".Equals(line.Kind, StringComparison.OrdinalIgnoreCase) ? null : $"{line.Type}.{line.Code}: {line.Url} is {known.Name}, {known.Type}";
            if (line.Url.StartsWith("http://hl7.org/fhir/SearchParameter/", StringComparison.Ordinal)) return line.Code[0] == '_' ? null : $"{line.Type}.{line.Code}: HL7 has no {line.Url}";
            var own = await house.Send("GET", $"SearchParameter?url={Uri.EscapeDataString(line.Url)}");
            return own.Entries.Count == 1 ? null : $"{line.Type}.{line.Code}: {line.Url} cannot be read here";
        });

    [Fact]
    public Task carries_out_each_operation() => StatementHost.Each(
        house.Types.Select(type => (Type: (string?)type.Key, Operations: type.Value["operation"])).Append((Type: null, Operations: house.Rest["operation"])),
        async line =>
        {
            var type = line.Type;
            var instance = Instances.Minimal(type ?? "Basic", "operated-" + (type ?? "all"), "operated");
            if (type == "Subscription") instance["status"] = "requested";
            await house.Keep(instance);
            if (type == "Patient") await house.Keep(Instances.Minimal("Patient", "to-purge", "purged"));
            if (type == "Subscription") await Followed((string)instance["id"]!);
            foreach (var name in line.Operations?.AsArray().Select(operation => (string)operation!["name"]!) ?? [])
            {
                if (OperationProofs.Of(type, name, (string)instance["id"]!, instance) is not { } proofs) return $"{type ?? "the system"}: the operation {name} is proved by nothing (OperationProofs)";
                foreach (var proof in proofs)
                {
                    var answer = await house.Send(proof.Method, proof.Path, proof.Body, name == "import" ? "application/fhir+ndjson" : "application/fhir+json", proof.Status == 202 ? [("Prefer", "respond-async")] : []);
                    if (answer.Status != proof.Status || (proof.Answer.Length > 0 && (string?)answer.Json["resourceType"] != proof.Answer)) return answer.ToString();
                }
            }

            return null;
        });

    /// <summary>A Subscription is asked for its events once the server follows it.</summary>
    private async Task Followed(string id)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        for (var i = 0; i < 600 && (await house.Send("GET", $"Subscription/{id}/$events")).Status == 404; i++) await timer.WaitForNextTickAsync();
    }

    /// <summary>The instances of a type that have what its parameters look at, stored.</summary>
    private async Task<List<Resource>> Stored(string type, IEnumerable<string> expressions)
    {
        var words = expressions.ToList();
        List<Resource> stored = [];
        for (var variant = 0; variant < Variants; variant++)
        {
            var made = Instances.Rich(type, variant, words);
            await house.Store(made);
            // What a client of the server sees, not what was sent: lastUpdated is the server's.
            stored.Add(SearchSamples.Parse((await house.Send("GET", $"{type}/{made["id"]}", null, ("Accept", "application/fhir+json"))).Text)!);
        }

        return stored;
    }

    private async Task<string?> Find(string type, string query, int expected)
    {
        var answer = await house.Send("GET", $"{type}?{query}");
        return answer.Status == 200 && (string?)answer.Json["type"] == "searchset" && answer.Entries.Count == expected ? null : $"{expected} expected: {answer}";
    }

    private static string? Place(string type, string? wrong) => wrong is null ? null : $"{type}: {wrong}";
}
