using System.Diagnostics;
using Health.Adapters.Sources;
using Health.Contracts;
using Health.Hl7v2;

namespace Health.Adapters.Inbox;

/// <summary>Makes the inbox row of a message: a fresh key of its own, the bytes sealed under it, no person named.</summary>
internal static class EntrySealing
{
    public static InboxEntry Seal(IKeyring keyring, Hl7Message message, SourceProfile source, MessageKey key, string messageId, DateTimeOffset at)
    {
        var wrapped = keyring.NewWrapped(keyring.Node);
        var (order, more) = MessageOrder.Of(keyring, message, source, messageId);
        return new InboxEntry
        {
            MessageId = messageId,
            SourceId = source.Id,
            InstitutionCode = source.InstitutionCode,
            SendingApplication = key.Application,
            SendingFacility = key.Facility,
            ControlId = key.ControlId,
            MessageType = Code(message.MessageCode),
            TriggerEvent = Code(message.TriggerEvent),
            Charset = message.Charset.Name,
            ReceivedAt = at,
            BodyHash = key.BodyHash,
            OrderKey = order,
            MoreOrderKeys = more,
            SealedBody = keyring.Unwrap(wrapped, keyring.Node).Seal(message.Raw.Span, MessageSeal.BodyPlace(messageId)),
            Key = wrapped,
            Trace = Activity.Current?.Id,
        };
    }

    /// <summary>A code as it may stand in tables and figures: three letters and digits, else <c>?</c>, so that no free text gets there.</summary>
    private static string Code(string text) => text.Length is > 0 and <= 4 && text.All(char.IsAsciiLetterOrDigit) ? text : "?";
}
