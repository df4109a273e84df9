using System.Text;
using System.Text.Json;
using Health.Contracts;
using Health.Hl7v2;

namespace Health.Adapters.Inbox;

/// <summary>Seals the parts of a message row. Each is bound to its message and its role, so that parts moved between rows do not open.</summary>
internal static class MessageSeal
{
    public static byte[] BodyPlace(string messageId) => Encoding.UTF8.GetBytes(messageId);

    public static byte[] Ack(IKeyring keyring, string messageId, byte[] ack) => keyring.Node.Seal(ack, AckPlace(messageId));

    public static byte[] OpenAck(IKeyring keyring, string messageId, byte[] sealedAck) => keyring.Node.Open(sealedAck, AckPlace(messageId));

    public static byte[] Problems(DataKey key, string messageId, IReadOnlyList<Hl7Diagnostic> problems) =>
        key.Seal(JsonSerializer.SerializeToUtf8Bytes(problems), ProblemsPlace(messageId));

    public static IReadOnlyList<Hl7Diagnostic> OpenProblems(DataKey key, string messageId, byte[] sealedProblems) =>
        JsonSerializer.Deserialize<List<Hl7Diagnostic>>(key.Open(sealedProblems, ProblemsPlace(messageId))) ?? [];

    /// <summary>The key of a row: wrapped by the node's key until its resident is known, then by the resident's. Null when that was destroyed.</summary>
    public static async ValueTask<DataKey?> KeyOf(IKeyring keyring, WrappedKey wrapped, CancellationToken ct)
    {
        var wrapping = wrapped.WrappedBy == keyring.Node.Id ? keyring.Node : await keyring.Find(wrapped.WrappedBy, ct);
        return wrapping is null ? null : keyring.Unwrap(wrapped, wrapping);
    }

    private static byte[] AckPlace(string messageId) => Encoding.UTF8.GetBytes($"{messageId}|ack");

    private static byte[] ProblemsPlace(string messageId) => Encoding.UTF8.GetBytes($"{messageId}|problems");
}
