using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Health.Broker.Keys;
using Health.Contracts;

namespace Health.Broker.Audit;

/// <summary>
/// An audit fact as it is stored (table <c>audit.fact</c>). <c>Body</c> is the readable part with the hash of the sealed detail, in
/// canonical form; every column is either in it or computed from it (docs/adr/0004).
/// </summary>
/// <param name="At">UTC, whole microseconds: what the database keeps.</param>
/// <param name="Mac">Keyed over the leaf: tells a row this platform wrote from one inserted by hand.</param>
internal sealed record FactRow(Guid FactId, DateTime At, byte[] Body, byte[]? Detail, byte[] Leaf, byte[] Mac, string? Resident, string? Institution)
{
    public static FactRow Of(AuditFact fact, string node, DataKey detailKey, KeyedHash mac)
    {
        var at = Microseconds(fact.At);
        var detail = fact.Detail is null ? null : detailKey.Seal(Encoding.UTF8.GetBytes(fact.Detail), DetailPlace(fact.FactId));
        var kept = fact with { At = at };
        var body = Encode(kept, node, detail is null ? null : Convert.ToHexStringLower(SHA256.HashData(detail)));
        var leaf = AuditLeaf.Of(kept, node, body);
        return new FactRow(fact.FactId, at, body, detail, leaf, mac.Mac(leaf), fact.ResidentId, fact.InstitutionCode);
    }

    public static byte[] Encode(AuditFact fact, string node, string? detailHash) => CanonicalJson.Write(
        ("action", fact.Action), ("actor", fact.Actor), ("at", Time(fact.At)), ("client", fact.ClientId), ("detail", detailHash),
        ("fact", fact.FactId.ToString()), ("institution", fact.InstitutionCode), ("interaction", fact.Interaction), ("node", node),
        ("outcome", fact.Outcome), ("purpose", fact.Purpose.ToString()), ("reason", fact.Reason), ("request", fact.RequestId),
        ("resident", fact.ResidentId), ("target", fact.Target));

    /// <summary>The readable part again, without the detail.</summary>
    /// <exception cref="JsonException">Not a body this platform writes.</exception>
    public static FactBody Decode(ReadOnlyMemory<byte> body)
    {
        using var document = JsonDocument.Parse(body);
        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object) throw new JsonException("A fact body is an object.");
        string? Optional(string name) => root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        string Required(string name) => Optional(name) ?? throw new JsonException($"A fact body has {name}.");
        if (!Guid.TryParseExact(Required("fact"), "D", out var id)
            || !DateTimeOffset.TryParseExact(Required("at"), TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
            || !root.TryGetProperty("outcome", out var outcome) || outcome.ValueKind != JsonValueKind.Number || !outcome.TryGetInt32(out var code)
            || !Enum.TryParse<PurposeOfUse>(Required("purpose"), out var purpose))
            throw new JsonException("A fact body has fact, at, outcome and purpose in their forms.");
        var fact = new AuditFact(id, at, Required("action"), Required("interaction"), code, Required("actor"), Required("client"),
            Optional("institution"), purpose, Required("request"))
        {
            ResidentId = Optional("resident"),
            Target = Optional("target"),
            Reason = Optional("reason"),
        };
        return new FactBody(fact, Required("node"), Optional("detail"));
    }

    public static byte[] DetailPlace(Guid factId) => Encoding.UTF8.GetBytes($"audit.fact|{factId}");

    internal static string Time(DateTimeOffset at) => at.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);

    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";

    private static DateTime Microseconds(DateTimeOffset at) => new(at.UtcTicks - (at.UtcTicks % TimeSpan.TicksPerMicrosecond), DateTimeKind.Utc);
}

/// <param name="DetailHash">SHA-256 of the sealed detail, hexadecimal; null when there is none.</param>
internal sealed record FactBody(AuditFact Fact, string Node, string? DetailHash);
