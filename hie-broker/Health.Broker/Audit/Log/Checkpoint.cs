using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;

namespace Health.Broker.Audit.Log;

/// <summary>
/// A signed statement: the log of <paramref name="Origin"/> had this size and root at this time, and every fact of a transaction below
/// <paramref name="Horizon"/> was in it.
/// </summary>
/// <param name="Signature">ECDSA P-256 with SHA-256 (IEEE P1363 form) over <see cref="Signed"/>.</param>
internal sealed record Checkpoint(string Origin, long Size, byte[] Root, DateTime At, string Horizon, string KeyId, byte[] Signature)
{
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";

    public byte[] Signed() => Write(withSignature: false);

    /// <summary>Canonical JSON: the line in <c>checkpoints.log</c> and the answer of <c>/audit/checkpoint</c>.</summary>
    public byte[] Line() => Write(withSignature: true);

    public bool IsSignedBy(ECDsa key) => key.VerifyData(Signed(), Signature, HashAlgorithmName.SHA256);

    /// <summary>Null when the line is not a checkpoint.</summary>
    public static Checkpoint? Parse(ReadOnlyMemory<byte> line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            string Text(string name) => root.GetProperty(name).GetString() ?? throw new FormatException($"{name} is null.");
            return new Checkpoint(
                Text("origin"), root.GetProperty("size").GetInt64(), Convert.FromHexString(Text("root")),
                DateTime.ParseExact(Text("time"), TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal),
                Text("horizon"), Text("keyId"), Convert.FromBase64String(Text("signature")));
        }
        catch (Exception e) when (e is JsonException or FormatException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }

    private byte[] Write(bool withSignature) => CanonicalJson.Write(
        ("horizon", Horizon), ("keyId", KeyId), ("origin", Origin), ("root", Convert.ToHexStringLower(Root)),
        ("signature", withSignature ? Convert.ToBase64String(Signature) : null), ("size", Size),
        ("time", At.ToString(TimeFormat, CultureInfo.InvariantCulture)));
}
