using System.Text;
using System.Text.Json.Nodes;
using Health.Fhir.Wire;
using Hl7.Fhir.Model;
using Hl7.Fhir.Serialization;

namespace Health.UnitTests.Validation;

/// <summary>What the SDK's strict parser refuses is refused, on thousands of resources with one random change; the differences have reasons.</summary>
public sealed class Mutated_resources
{
    private const int Changes = 3_000, Compared = 4, Seed = 20150601;
    private static readonly FhirJsonDeserializer Strict = new(new DeserializerSettings().UsingMode(DeserializationMode.Strict));

    private static readonly string[] Samples =
    [
        """{"resourceType":"Patient","id":"p","meta":{"profile":["http://a"]},"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">a</div>"},"identifier":[{"system":"urn:oid:1.2","value":"1","period":{"start":"2015-01-01"}}],"active":true,"name":[{"use":"official","family":"a","given":["b","c"]}],"telecom":[{"system":"phone","value":"1","rank":1}],"gender":"male","birthDate":"1990-01-01","address":[{"line":["x"],"city":"y"}],"contact":[{"name":{"text":"z"}}],"managingOrganization":{"reference":"Organization/1"}}""",
        """{"resourceType":"Observation","id":"o","status":"final","category":[{"coding":[{"system":"http://a","code":"b"}]}],"code":{"coding":[{"system":"http://loinc.org","code":"1-8"}],"text":"t"},"subject":{"reference":"Patient/1"},"effectiveDateTime":"2015-06-01T08:00:00+08:00","issued":"2015-06-01T08:00:00.000+08:00","valueQuantity":{"value":1.5,"unit":"g","system":"http://unitsofmeasure.org","code":"g"},"referenceRange":[{"low":{"value":1},"text":"r"}],"component":[{"code":{"text":"c"},"valueInteger":3}]}""",
        """{"resourceType":"Encounter","id":"e","status":"finished","class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"AMB"},"subject":{"reference":"Patient/1"},"participant":[{"period":{"start":"2015-01-01"},"individual":{"reference":"Practitioner/1"}}],"period":{"start":"2015-01-01","end":"2015-01-02"},"location":[{"location":{"reference":"Location/1"}}]}""",
        """{"resourceType":"MedicationRequest","id":"m","status":"active","intent":"order","medicationCodeableConcept":{"text":"a"},"subject":{"reference":"Patient/1"},"authoredOn":"2015","dosageInstruction":[{"sequence":1,"timing":{"repeat":{"frequency":1,"period":1,"periodUnit":"d"}},"doseAndRate":[{"doseQuantity":{"value":5}}]}],"dispenseRequest":{"numberOfRepeatsAllowed":1,"quantity":{"value":1}}}""",
    ];

    [Fact]
    public void are_refused_where_the_SDK_refuses()
    {
        var random = new Random(Seed);
        List<string> missed = [];
        var (refused, both) = (0, 0);
        for (var i = 0; i < Changes; i++)
        {
            var node = JsonNode.Parse(Samples[i % Samples.Length])!;
            var change = Mutate(node, random);
            var json = node.ToJsonString();
            var ours = ResourceCheck.TryRead(Encoding.UTF8.GetBytes(json), null, out _);
            if (ours.Count > 0) refused++;
            // What we refuse needs no second opinion; a part of it tells that both refuse the same things.
            if (ours.Count > 0 && i / Samples.Length % Compared != 0) continue;
            var theirs = Theirs(json);
            if (theirs.Length > 0 && ours.Count > 0) both++;
            if (theirs.Length > 0 && ours.Count == 0 && !IsExcused(theirs)) missed.Add($"{change}: {theirs}");
        }

        Assert.True(refused > Changes / 4 && both > Changes / Compared / 5, $"{refused} refused, {both} by both: too few to mean something");
        Assert.True(missed.Count == 0, string.Join('\n', missed.Distinct().Take(25)));
    }

    private static string Theirs(string json)
    {
        try
        {
            return Strict.TryDeserializeResource(json, out Resource? _, out var issues) ? "" : string.Join("; ", issues.Select(issue => issue.Message));
        }
        catch (Exception e) when (e is InvalidOperationException or System.Text.Json.JsonException)
        {
            // The SDK loses its place in some broken bodies.
            return e.Message;
        }
    }

    /// <summary>The SDK's check of uuid and oid forms inside a uri refuses what the uri type allows.</summary>
    private static bool IsExcused(string message) => message.Contains("urn:oid", StringComparison.Ordinal);

    private static string Mutate(JsonNode root, Random random)
    {
        List<JsonNode> places = [];
        Collect(root);
        var at = places[random.Next(places.Count)];
        var value = Value(random);
        if (at is JsonObject members && members.Count > 0)
        {
            var name = members.ElementAt(random.Next(members.Count)).Key;
            switch (random.Next(4))
            {
                case 0: members.Remove(name); return $"without {name}";
                case 1: members[name] = value; return $"{name} = {value?.ToJsonString() ?? "null"}";
                case 2: members[name + "x"] = members[name]!.DeepClone(); return $"{name}x added";
                default: members["_" + name] = value; return $"_{name} = {value?.ToJsonString() ?? "null"}";
            }
        }

        if (at is not JsonArray items) return "nothing";
        items.Add(value);
        return $"an item {value?.ToJsonString() ?? "null"} more in {at.GetPath()}";

        void Collect(JsonNode? node)
        {
            if (node is not (JsonObject or JsonArray)) return;
            places.Add(node);
            foreach (var child in node is JsonObject inner ? inner.Select(member => member.Value) : node.AsArray()) Collect(child);
        }
    }

    private static JsonNode? Value(Random random) => random.Next(10) switch
    {
        0 => null,
        1 => JsonValue.Create(1),
        2 => JsonValue.Create(-1.5m),
        3 => JsonValue.Create(true),
        4 => JsonValue.Create(""),
        5 => JsonValue.Create("2015-13-01"),
        6 => JsonValue.Create("a b"),
        7 => new JsonObject(),
        8 => new JsonArray(),
        _ => new JsonObject { ["id"] = "a", ["extension"] = new JsonArray(new JsonObject { ["url"] = "http://x", ["valueCode"] = "y" }) },
    };
}
