using System.Security.Cryptography;
using System.Text.Json;
using Health.Broker.Keys;

namespace Health.Broker.Audit.Verification;

/// <summary>Recomputes one stored fact from its body and tells what does not fit. Pure.</summary>
/// <param name="mac">Null when the key file is not at hand: then rows written by hand are recognised by the log alone.</param>
internal sealed class FactCheck(KeyedHash? mac)
{
    /// <param name="place">Where it stands, e.g. <c>log index 7</c>.</param>
    /// <param name="logLeaf">The leaf the log has for it; null when it is not logged.</param>
    public void Check(FactRow row, byte[]? logLeaf, string place, Findings findings)
    {
        void Say(string what) => findings.Add($"fact {row.FactId} of {FactRow.Time(row.At)}: {what} ({place})");
        FactBody body;
        byte[] leaf;
        try
        {
            body = FactRow.Decode(row.Body);
            leaf = AuditLeaf.OfBody(row.Body);
        }
        catch (JsonException)
        {
            Say("body altered: it is not a fact any more");
            return;
        }

        if (!leaf.AsSpan().SequenceEqual(row.Leaf)) Say(logLeaf is not null && Same(logLeaf, leaf) ? "leaf column altered" : "body altered");
        else if (logLeaf is not null && !Same(logLeaf, leaf)) Say("leaf in the log is another one: leaves swapped, or fact and leaf rewritten");
        if (body.Fact.FactId != row.FactId || body.Fact.At.UtcDateTime != row.At) Say("fact_id or at column altered");
        if (body.Fact.ResidentId != row.Resident) Say("resident column altered");
        if (body.Fact.InstitutionCode != row.Institution) Say("institution column altered");
        if (body.DetailHash != (row.Detail is null ? null : Convert.ToHexStringLower(SHA256.HashData(row.Detail)))) Say("detail altered");
        if (mac is not null && !Same(mac.Mac(row.Leaf), row.Mac)) Say("not written by this platform, or its mac was altered");
    }

    private static bool Same(byte[] a, byte[] b) => a.AsSpan().SequenceEqual(b);
}
