using Health.Contracts;

namespace Health.Adapters.Inbox;

/// <summary>A message on its way into the inbox: everything of its row, sealed, and the acknowledgement that goes out once it is durable.</summary>
internal sealed record InboxEntry
{
    public required string MessageId { get; init; }
    public required string SourceId { get; init; }
    public required string InstitutionCode { get; init; }
    public required string SendingApplication { get; init; }
    public required string SendingFacility { get; init; }
    public required string ControlId { get; init; }
    public required string MessageType { get; init; }
    public required string TriggerEvent { get; init; }
    public required string Charset { get; init; }
    public required DateTimeOffset ReceivedAt { get; init; }
    public required byte[] BodyHash { get; init; }
    public required Guid OrderKey { get; init; }

    /// <summary>Of further patients, and prior numbers of merged ones.</summary>
    public IReadOnlyList<Guid> MoreOrderKeys { get; init; } = [];
    public required byte[] SealedBody { get; init; }
    public required WrappedKey Key { get; init; }

    /// <summary>The answer for this message, sealed with the node's key; null when the sender wants none.</summary>
    public byte[]? SealedAck { get; init; }

    /// <summary>When an application acknowledgement follows the commit acknowledgement (MSH-16: AL, ER, SU); null: none does.</summary>
    public string? ApplicationAck { get; init; }

    /// <summary>The same message as a reuse of a control id: other id, body and key sealed for that id, an AE answer.</summary>
    public Func<InboxEntry>? AsReuse { get; init; }

    /// <summary>For a reuse: its diagnostics, sealed with its own key.</summary>
    public byte[]? SealedProblems { get; init; }

    public string Kind { get; init; } = "original";
    public string? Corrects { get; init; }
    public string? Trace { get; init; }

    public string Type => $"{MessageType}^{TriggerEvent}";
}

/// <summary>What the inbox did with an entry.</summary>
internal enum StoreKind
{
    Stored,
    /// <summary>The same key with the same body was there: the stored answer goes out again.</summary>
    Repeated,
    /// <summary>The same key with another body was there: kept in the quarantine.</summary>
    Reused,
}

/// <param name="MessageId">The row that answers; for a repeat the one of the first time.</param>
internal sealed record StoreResult(StoreKind Kind, string MessageId, byte[]? SealedAck);
