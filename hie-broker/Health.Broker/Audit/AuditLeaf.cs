using System.Security.Cryptography;
using Health.Contracts;

namespace Health.Broker.Audit;

/// <summary>The leaf of the Merkle tree, pinned by docs/adr/0004: SHA-256(0x00 ‖ canonical JSON of the eight fields).</summary>
internal static class AuditLeaf
{
    public const int Size = SHA256.HashSizeInBytes;

    public static byte[] OfBody(byte[] body)
    {
        var (fact, node, _) = FactRow.Decode(body);
        return Of(fact, node, body);
    }

    /// <summary>The same where the fact is at hand that the body was written from.</summary>
    public static byte[] Of(AuditFact fact, string node, byte[] body) =>
        Hash(Input(fact.FactId.ToString(), fact.Target ?? fact.Interaction, 1, $"audit.{fact.Action}",
            fact.InstitutionCode is null ? node : $"{node}/{fact.InstitutionCode}", fact.Actor, FactRow.Time(fact.At), SHA256.HashData(body)));

    internal static byte[] Input(string eventId, string streamId, long version, string type, string tenant, string actor, string time, byte[] payloadHash) =>
        CanonicalJson.Write(("actor", actor), ("eventId", eventId), ("payload", Convert.ToHexStringLower(payloadHash)), ("streamId", streamId),
            ("tenant", tenant), ("time", time), ("type", type), ("version", version));

    internal static byte[] Hash(ReadOnlySpan<byte> input)
    {
        Span<byte> prefixed = input.Length < 1024 ? stackalloc byte[input.Length + 1] : new byte[input.Length + 1];
        prefixed[0] = 0x00;
        input.CopyTo(prefixed[1..]);
        return SHA256.HashData(prefixed);
    }
}
