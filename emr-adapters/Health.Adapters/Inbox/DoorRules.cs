using Health.Adapters.Sources;
using Health.Hl7v2;

namespace Health.Adapters.Inbox;

/// <summary>What a profile says is taken at all. The rest is answered AR and not stored: sending it again will not help.</summary>
internal static class DoorRules
{
    /// <summary>Why a message of this source is not taken at a door; null when it is.</summary>
    /// <param name="door"><c>mllp</c> or <c>http</c>.</param>
    /// <param name="isPlain">The door does not know who sends.</param>
    public static Hl7Diagnostic? WrongDoor(SourceProfile source, string door, bool isPlain)
    {
        if (isPlain && source.ClientCertificate is not null)
            return Hl7Diagnostic.Error("MSH-3", Hl7ErrorCode.UnknownKeyIdentifier, "This source is known by its certificate: its messages are taken over MLLPS, not on a plain connection.");
        return source.Door is "file" or "sql-view" && !source.AlsoDoors.Contains(door)
            ? Hl7Diagnostic.Error("MSH-3", Hl7ErrorCode.UnknownKeyIdentifier, $"Messages of this source are taken at its door ({source.Door}) only.")
            : null;
    }

    public static Hl7Diagnostic? Refusal(Hl7Message message, ProtocolSettings settings)
    {
        if (settings.Versions is { } versions && !versions.Contains(message.VersionId))
            return Hl7Diagnostic.Error("MSH-12", Hl7ErrorCode.UnsupportedVersion, $"This source is agreed to send version {string.Join(", ", versions)}.");
        if (settings.ProcessingIds is { } ids && !ids.Contains(message.Get("MSH-11.1") ?? ""))
            return Hl7Diagnostic.Error("MSH-11", Hl7ErrorCode.UnsupportedProcessingId, $"This source is agreed to send processing id {string.Join(", ", ids)}.");
        if (settings.Events is not { } events) return null;
        var (type, trigger) = (message.MessageCode, message.TriggerEvent);
        if (events.Contains(type) || events.Contains($"{type}^{trigger}")) return null;
        return events.Any(one => one.StartsWith($"{type}^", StringComparison.Ordinal))
            ? Hl7Diagnostic.Error("MSH-9.2", Hl7ErrorCode.UnsupportedEvent, "This event is not agreed with this source.")
            : Hl7Diagnostic.Error("MSH-9.1", Hl7ErrorCode.UnsupportedMessageType, "This message type is not agreed with this source.");
    }
}
