using System.Net;

namespace Health.Adapters.Sources;

/// <summary>How a source and the platform talk, where that differs from store and answer: what is taken, when it is answered, where to.</summary>
public sealed record ProtocolSettings
{
    private static readonly string[] KnownProcessingIds = ["P", "T", "D"];

    /// <summary>Original mode: the answer tells what became of the message (AA, AE, AR) and not only that it is stored. The sender waits.</summary>
    public bool AnswerAfterProcessing { get; init; }

    /// <summary>How long such an answer is waited for; after that there is none, and the sender sends again.</summary>
    public double AnswerWithinSeconds { get; init; } = 20;

    /// <summary>Keeps the sequence number protocol (HL7 v2.5.1 §2.10.1) for messages that carry MSH-13.</summary>
    public bool SequenceNumbers { get; init; }

    /// <summary>MSH-12 values that are taken; null takes every one.</summary>
    public IReadOnlyList<string>? Versions { get; init; }

    /// <summary>Message types (<c>ORU</c>) and events (<c>ADT^A04</c>) that are taken; null takes every one.</summary>
    public IReadOnlyList<string>? Events { get; init; }

    /// <summary>MSH-11 values that are taken: P production, T training, D debugging; null takes every one.</summary>
    public IReadOnlyList<string>? ProcessingIds { get; init; }

    /// <summary>May ask for patients (QBP Q22, Q23). Off unless set: an answer tells about persons, and plain MLLP does not know who asks.</summary>
    public bool Queries { get; init; }

    /// <summary>Host and port (MLLP) where application acknowledgements go once the connection of the message is closed; null: they wait for the sender to come back.</summary>
    public string? ReturnAddress { get; init; }

    internal (string Host, int Port)? ReturnEndpoint => Endpoint(ReturnAddress);

    /// <summary><c>host:port</c>; null when it is none.</summary>
    internal static (string Host, int Port)? Endpoint(string? address) =>
        address?.LastIndexOf(':') is { } colon and > 0 && int.TryParse(address[(colon + 1)..], out var port) && port is > 0 and <= IPEndPoint.MaxPort ? (address[..colon], port) : null;

    /// <summary>What is wrong, in words that say what would be right; null when nothing is.</summary>
    internal string? Problem()
    {
        if (AnswerWithinSeconds is not (> 0 and <= 300)) return "protocol.answerWithinSeconds must be above 0 and at most 300.";
        if (ReturnAddress is not null && ReturnEndpoint is null) return $"protocol.returnAddress is '{ReturnAddress}'; it must be host:port such as 10.1.2.3:2575.";
        if (Versions is { Count: 0 } || Events is { Count: 0 } || ProcessingIds is { Count: 0 }) return "protocol.versions, events and processingIds must name something, or be left out to take everything.";
        return ProcessingIds?.FirstOrDefault(id => !KnownProcessingIds.Contains(id)) is { } unknown ? $"protocol.processingIds has '{unknown}'; known are P, T and D." : null;
    }
}
