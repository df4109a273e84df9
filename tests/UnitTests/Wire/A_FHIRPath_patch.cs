using System.Text;
using System.Text.Json.Nodes;
using Health.Fhir.Interactions;

namespace Health.UnitTests.Wire;

/// <summary>Cases after HL7's own (http://hl7.org/fhir/R4/test-cases: r4/patch/fhir-path-tests.xml), and the edges they leave out.</summary>
public sealed class A_FHIRPath_patch
{
    [Theory]
    [InlineData("no difference", """{}""", "", """{}""")]
    [InlineData("add a primitive", """{}""", """add|Patient|birthDate|{"valueDate":"1930-01-01"}""", """{"birthDate":"1930-01-01"}""")]
    [InlineData("delete a primitive", """{"birthDate":"1920-01-01","_birthDate":{"id":"a"}}""", """delete|Patient.birthDate""", """{}""")]
    [InlineData("delete what is not there", """{}""", """delete|Patient.birthDate""", """{}""")]
    [InlineData("replace a primitive", """{"birthDate":"1920-01-01"}""", """replace|Patient.birthDate||{"valueDate":"1930-01-01"}""", """{"birthDate":"1930-01-01"}""")]
    [InlineData("replace what holds others", """{"maritalStatus":{"coding":[{"system":"s","code":"P"}],"text":"t"}}""", """replace|Patient.maritalStatus||{"valueCodeableConcept":{"text":"m"}}""", """{"maritalStatus":{"text":"m"}}""")]
    [InlineData("replace deep inside", """{"contact":[{"name":{"text":"a","family":"f"},"gender":"male"}]}""", """replace|Patient.contact[0].name.text||{"valueString":"b"}""", """{"contact":[{"name":{"text":"b","family":"f"},"gender":"male"}]}""")]
    [InlineData("add to a list", """{"identifier":[{"system":"s","value":"v1"}]}""", """add|Patient|identifier|{"valueIdentifier":{"system":"s","value":"v2"}}""", """{"identifier":[{"system":"s","value":"v1"},{"system":"s","value":"v2"}]}""")]
    [InlineData("insert at the front", """{"identifier":[{"value":"v1"}]}""", """insert|Patient.identifier|0|{"valueIdentifier":{"value":"v0"}}""", """{"identifier":[{"value":"v0"},{"value":"v1"}]}""")]
    [InlineData("insert at the end", """{"identifier":[{"value":"v1"}]}""", """insert|Patient.identifier|1|{"valueIdentifier":{"value":"v2"}}""", """{"identifier":[{"value":"v1"},{"value":"v2"}]}""")]
    [InlineData("insert into a list that is not there", """{}""", """insert|Patient.identifier|0|{"valueIdentifier":{"value":"v"}}""", """{"identifier":[{"value":"v"}]}""")]
    [InlineData("delete an item by its value", """{"identifier":[{"value":"1"},{"value":"2"}]}""", """delete|Patient.identifier.where(value = '1')""", """{"identifier":[{"value":"2"}]}""")]
    [InlineData("delete the last item and the list with it", """{"identifier":[{"value":"1"}]}""", """delete|Patient.identifier.last()""", """{}""")]
    [InlineData("delete the only member of a nested object", """{"contact":[{"name":{"text":"a"}}],"active":true}""", """delete|Patient.contact.first().name.text""", """{"active":true}""")]
    [InlineData("reorder by moving up", """{"identifier":[{"value":"1"},{"value":"2"},{"value":"3"}]}""", """move|Patient.identifier|2|0""", """{"identifier":[{"value":"3"},{"value":"1"},{"value":"2"}]}""")]
    [InlineData("reorder by moving down", """{"identifier":[{"value":"1"},{"value":"2"},{"value":"3"}]}""", """move|Patient.identifier|0|2""", """{"identifier":[{"value":"2"},{"value":"3"},{"value":"1"}]}""")]
    [InlineData("move a primitive with its extension", """{"name":[{"given":["a","b"],"_given":[{"id":"x"}]}]}""", """move|Patient.name.given|0|1""", """{"name":[{"given":["b","a"],"_given":[null,{"id":"x"}]}]}""")]
    [InlineData("add a backbone element by its parts", """{}""", """add|Patient|contact|{"part":[{"name":"name","valueHumanName":{"text":"n"}},{"name":"telecom","valueContactPoint":{"value":"1"}},{"name":"telecom","valueContactPoint":{"value":"2"}}]}""", """{"contact":[{"name":{"text":"n"},"telecom":[{"value":"1"},{"value":"2"}]}]}""")]
    [InlineData("replace one type of a choice by another", """{"deceasedBoolean":true}""", """replace|Patient.deceased||{"valueDateTime":"2020"}""", """{"deceasedDateTime":"2020"}""")]
    [InlineData("address a choice by its type", """{"deceasedBoolean":true}""", """replace|Patient.deceased.ofType(boolean)||{"valueBoolean":false}""", """{"deceasedBoolean":false}""")]
    [InlineData("address an extension by its url", """{"extension":[{"url":"u","valueDecimal":1.50},{"url":"w","valueCode":"c"}]}""", """replace|Patient.extension('w').value||{"valueCode":"d"}""", """{"extension":[{"url":"u","valueDecimal":1.50},{"url":"w","valueCode":"d"}]}""")]
    [InlineData("choose by two conditions", """{"telecom":[{"system":"phone","use":"home","value":"1"},{"system":"phone","use":"work","value":"2"}]}""", """replace|Patient.telecom.where(system='phone' and use='work').value||{"valueString":"3"}""", """{"telecom":[{"system":"phone","use":"home","value":"1"},{"system":"phone","use":"work","value":"3"}]}""")]
    [InlineData("add a primitive with an extension alone", """{}""", """add|Patient|birthDate|{"_valueDate":{"extension":[{"url":"u","valueCode":"x"}]}}""", """{"_birthDate":{"extension":[{"url":"u","valueCode":"x"}]}}""")]
    public void changes_what_it_says_and_nothing_else(string what, string before, string operations, string after)
    {
        Assert.NotEmpty(what);
        var (json, refusal) = FhirPathPatch.Apply(Resource(before), Patch(operations.Length == 0 ? [] : [operations]));
        Assert.Null(refusal);
        Assert.Equal(Encoding.UTF8.GetString(Resource(after)), Encoding.UTF8.GetString(json));
    }

    [Theory]
    [InlineData("""explode|Patient.birthDate""", "known are add, insert, delete, replace, move", "type")]
    [InlineData("""replace|Patient.birthDate||{"valueDate":"1930"}""", "does not lead to exactly one element", null)]
    [InlineData("""add|Patient|active|{"valueBoolean":true}""", "is there already and does not repeat", "name")]
    [InlineData("""add|Patient|colour|{"valueString":"red"}""", "names colour, which Patient has not", "name")]
    [InlineData("""add|Patient.active|colour|{"valueString":"red"}""", "holds a plain value", "path")]
    [InlineData("""add|Patient|deceased|{"valueString":"red"}""", "Patient.deceased[x] does not take", "value")]
    [InlineData("""add|Patient|birthDate|{}""", "value that is empty", "value")]
    [InlineData("""insert|Patient.name|5|{"valueHumanName":{"text":"a"}}""", "inserts at 5 into a list of 2", "index")]
    [InlineData("""insert|Patient.active|0|{"valueBoolean":true}""", "which is no list", "path")]
    [InlineData("""move|Patient.name|2|0""", "moves item 2 of a list of 2", "source")]
    [InlineData("""move|Patient.name|0|2""", "moves to 2 in a list of 2", "destination")]
    [InlineData("""delete|Patient.name""", "leads to 2", "path")]
    [InlineData("""delete|Patient""", "deletes the whole resource", "path")]
    [InlineData("""delete|Observation.status""", "but the resource is a Patient", "path")]
    [InlineData("""delete|Patient.name.repeat(x)""", "known are first()", "path")]
    [InlineData("""delete|Patient.name.where(use = 'a""", "has no '''", "path")]
    [InlineData("""delete|Patient.name[x]""", "has no index at character 14", "path")]
    [InlineData("""delete|Patient..name""", "has no name at character 9", "path")]
    [InlineData("""delete|Patient.nam""", "names nam, which Patient has not", "path")]
    public void that_cannot_be_applied_says_which_operation_and_part(string operation, string says, string? part)
    {
        var refusal = FhirPathPatch.Apply(Resource("""{"active":true,"name":[{"text":"a"},{"text":"b"}]}"""), Patch([operation])).Refusal!;
        Assert.Equal(422, refusal.Status);
        Assert.StartsWith("Operation 0 ", refusal.Diagnostics);
        Assert.Contains(says, refusal.Diagnostics);
        if (part is not null) Assert.Equal($"Parameters.parameter[0].part.where(name = '{part}')", refusal.Expression);
    }

    [Fact]
    public void runs_its_operations_in_turn()
    {
        var (json, _) = FhirPathPatch.Apply(Resource("""{"name":[{"text":"a"}]}"""), Patch(["""insert|Patient.name|0|{"valueHumanName":{"text":"b"}}""", """replace|Patient.name[0].text||{"valueString":"c"}"""]));
        Assert.Equal("""{"resourceType":"Patient","id":"p","name":[{"text":"c"},{"text":"a"}]}""", Encoding.UTF8.GetString(json));
    }

    [Fact]
    public void has_paths_of_bounded_length_and_depth()
    {
        Assert.Contains("500 characters", FhirPathPatch.Apply(Resource("{}"), Patch(["delete|Patient." + new string('a', 600)])).Refusal!.Diagnostics);
        Assert.Contains("20 steps", FhirPathPatch.Apply(Resource("{}"), Patch(["delete|Patient" + string.Concat(Enumerable.Repeat(".link", 30))])).Refusal!.Diagnostics);
    }

    [Theory]
    [InlineData("""{"resourceType":"Basic"}""")]
    [InlineData("""[]""")]
    [InlineData("""{""")]
    [InlineData("""{"resourceType":"Parameters","parameter":[],"parameter":[]}""")]
    public void is_a_Parameters_resource(string patch) => Assert.Equal(400, FhirPathPatch.Apply(Resource("{}"), Encoding.UTF8.GetBytes(patch)).Refusal!.Status);

    private static byte[] Resource(string members)
    {
        var resource = new JsonObject { ["resourceType"] = "Patient", ["id"] = "p" };
        foreach (var (name, value) in JsonNode.Parse(members)!.AsObject()) resource[name] = value?.DeepClone();
        return Encoding.UTF8.GetBytes(resource.ToJsonString());
    }

    // type|path, then name or index or source, then the value part or destination.
    private static byte[] Patch(string[] operations)
    {
        var parameters = new JsonArray();
        foreach (var operation in operations)
        {
            var fields = operation.Split('|', 4);
            var parts = new JsonArray(Part("type", "valueCode", fields[0]), Part("path", "valueString", fields[1]));
            if (fields[0] == "add") parts.Add(Part("name", "valueString", fields[2]));
            if (fields[0] == "insert") parts.Add(Number("index", fields[2]));
            if (fields[0] == "move") parts.Add(Number("source", fields[2]));
            if (fields[0] == "move") parts.Add(Number("destination", fields[3]));
            else if (fields.Length == 4) parts.Add(Named("value", JsonNode.Parse(fields[3])!.AsObject()));
            parameters.Add(new JsonObject { ["name"] = "operation", ["part"] = parts });
        }

        return Encoding.UTF8.GetBytes(new JsonObject { ["resourceType"] = "Parameters", ["parameter"] = parameters }.ToJsonString());
    }

    private static JsonObject Named(string name, JsonObject part)
    {
        part["name"] = name;
        return part;
    }

    private static JsonObject Part(string name, string type, string value) => new() { ["name"] = name, [type] = value };

    private static JsonObject Number(string name, string value) => new() { ["name"] = name, ["valueInteger"] = int.Parse(value) };
}
