using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Health.Adapters.Mapping;
using Health.Adapters.Sources;
using Health.Contracts;
using Health.Hl7v2;

namespace Health.UnitTests.Mapping;

/// <summary>A message written with line ends, mapped as the municipal hospital's.</summary>
internal sealed class Mapped
{
    public static readonly SourceProfile Municipal = new() { Id = "mych", InstitutionCode = "MY510703H001", SendingApplication = "HIS", SendingFacility = "MYCH" };
    public static readonly SourceProfile AnySender = new() { Id = "any-sender", InstitutionCode = "MY510700T001", AcceptsUnknownSenders = true };

    private Mapped(MappingResult result) => Result = result;

    public MappingResult Result { get; }
    public MappingResult.Mapped Success => Assert.IsType<MappingResult.Mapped>(Result);
    public Hl7Diagnostic Problem => Assert.Single(Assert.IsType<MappingResult.Refused>(Result).Problems);
    public IReadOnlyList<string> Unmapped => Success.UnmappedPaths;

    /// <summary>The write of a type, the only one of it.</summary>
    public RecordWrite Write(string type) => Assert.Single(Success.Writes, write => write.ResourceType == type);

    public IReadOnlyList<RecordWrite> Writes(string type) => [.. Success.Writes.Where(write => write.ResourceType == type)];

    public JsonElement Json(string type) => Json(Write(type));

    public static JsonElement Json(RecordWrite write) => JsonDocument.Parse(write.Json).RootElement;

    public string Text(string type) => Encoding.UTF8.GetString(Write(type).Json.Span);

    public string Defaults(string type) => Encoding.UTF8.GetString(Write(type).Defaults.Span);

    public static Mapped Of(string text, SourceProfile? source = null) => Of(Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\r")), source);

    public static Mapped Of(ReadOnlyMemory<byte> bytes, SourceProfile? source = null, Hl7Charset? charset = null)
    {
        using var message = Hl7Message.Read(bytes, charset).Message;
        return new Mapped(MessageMapper.Map(Assert.IsType<Hl7Message>(message), Context(source ?? Municipal)));
    }

    public static MappingContext Context(SourceProfile source) => new(source, "message-1", new DateTimeOffset(2026, 11, 24, 8, 0, 0, TimeSpan.FromHours(8)), DeriveId);

    /// <summary>Deterministic like the keyring's, and readable in expectations.</summary>
    public static string DeriveId(string kind, string system, string value) =>
        $"{kind}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{system}|{value}")))[..12]}";

    public static string PatientId(string localId, SourceProfile? source = null) =>
        DeriveId("Patient", IdentifierSystems.LocalPatient((source ?? Municipal).InstitutionCode), localId);

    public static string EncounterId(string visit) => DeriveId("Encounter", IdentifierSystems.LocalVisit(Municipal.InstitutionCode), visit);

    /// <summary>The same JSON, in whatever order the elements of an object stand.</summary>
    public static void AssertSame(string expected, string actual) =>
        Assert.Equal(Canonical(JsonNode.Parse(expected)), Canonical(JsonNode.Parse(actual)));

    private static string Canonical(JsonNode? node) => node switch
    {
        JsonObject members => $"{{{string.Join(',', members.OrderBy(member => member.Key, StringComparer.Ordinal).Select(member => $"\"{member.Key}\":{Canonical(member.Value)}"))}}}",
        JsonArray items => $"[{string.Join(',', items.Select(Canonical))}]",
        null => "null",
        _ => node.ToJsonString(),
    };

    /// <summary>JSON written over several lines for the reader, as the one line it is.</summary>
    public static string Flat(string lines) => lines.ReplaceLineEndings("");

    /// <summary>The fields of a segment by number, from 1: <c>F((1, "1"), (4, "x"))</c> is <c>1|||x</c>.</summary>
    public static string F(params (int Number, string Value)[] fields)
    {
        var all = new string[fields[^1].Number];
        foreach (var (number, value) in fields) all[number - 1] = value;
        return string.Join('|', all);
    }

    /// <summary>An ADT of the municipal hospital with this PID and PV1 (without their names).</summary>
    public static Mapped Adt(string trigger, string pid = "1||Z1^^^MYCH^PI||张三", string? pv1 = "1|O|||||||||||||||||V1", string more = "") =>
        Of($"MSH|^~\\&|HIS|MYCH|HEALTH|MY|20261124081500||ADT^{trigger}|C1|P|2.5.1\nEVN|{trigger}|20261124081600\nPID|{pid}\n{(pv1 is null ? "" : $"PV1|{pv1}\n")}{more}");

    /// <summary>An ORU of the municipal hospital with these segments after PID.</summary>
    public static Mapped Oru(string segments) =>
        Of($"MSH|^~\\&|LIS|MYCH|HEALTH|MY|20261124081500||ORU^R01|C2|P|2.5.1\nPID|1||Z1^^^MYCH^PI||张三\n{segments}");

    /// <summary>The Observation of one OBX with this OBX-2, OBX-5 and OBX-6.</summary>
    public static JsonElement Obx(string type, string value, string unit = "") =>
        Oru($"OBR|1|A1|R1|XCG^血常规|||20261124080000||||||||||||||||||F\nOBX|1|{type}|WBC^白细胞||{value}|{unit}|||||F").Json("Observation");
}
