using System.Security.Cryptography;
using Health.Contracts;
using Health.Hl7v2;

namespace Health.Adapters.Inbox;

/// <summary>What makes a message the same message.</summary>
internal sealed record MessageKey(string Application, string Facility, string ControlId, byte[] BodyHash)
{
    private const int LongestPart = 200;

    /// <summary>
    /// MSH-3, MSH-4, MSH-10 and the hash of the body without MSH-7 (a resend may carry a new time). A message without a control id is known by its hash.
    /// At a source that takes unknown senders nobody keeps control ids apart, so there the hash is always part of the key.
    /// </summary>
    public static MessageKey Of(Hl7Message message, bool hasUnknownSenders)
    {
        var hash = HashWithoutTime(message);
        var controlId = message.ControlId.Length == 0 ? "" : Part(message.ControlId);
        if (hasUnknownSenders || controlId.Length == 0) controlId += $"#{Convert.ToHexStringLower(hash)}";
        return new MessageKey(Part(message.Get("MSH-3") ?? ""), Part(message.Get("MSH-4") ?? ""), controlId, hash);
    }

    public string MessageId(IKeyring keyring, string sourceId) => keyring.DeriveId("Message", $"urn:health:source:{sourceId}", Text);

    public string ReuseId(IKeyring keyring, string sourceId) =>
        keyring.DeriveId("Message", $"urn:health:source:{sourceId}:reuse", $"{Text}{Convert.ToHexStringLower(BodyHash)}");

    /// <summary>Lengths first, so that no two keys write the same text.</summary>
    private string Text => $"{Application.Length}:{Application}{Facility.Length}:{Facility}{ControlId.Length}:{ControlId}";

    /// <summary>A part that an index cannot hold (too long, a NUL) is known by its hash.</summary>
    internal static string Part(string text) =>
        text.Length <= LongestPart && !text.Contains('\0') ? text : $"#{Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text)))}";

    private static byte[] HashWithoutTime(Hl7Message message)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (start, length) = message.ExtentOf("MSH-7");
        var body = message.Body;
        if (length == 0)
        {
            hash.AppendData(body);
            return hash.GetHashAndReset();
        }

        hash.AppendData(body[..start]);
        hash.AppendData(body[(start + length)..]);
        return hash.GetHashAndReset();
    }
}
