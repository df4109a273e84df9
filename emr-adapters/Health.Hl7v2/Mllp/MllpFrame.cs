namespace Health.Hl7v2.Mllp;

/// <summary>The block characters of MLLP (HL7 v2 transport specification: minimal lower layer protocol, releases 1 and 2).</summary>
public static class MllpBlock
{
    public const byte Start = 0x0B;
    public const byte End = 0x1C;
    public const byte CarriageReturn = 0x0D;

    /// <summary>The one byte of a commit block of release 2: what was sent is stored.</summary>
    public const byte Stored = 0x06;

    /// <summary>The one byte of a commit block of release 2: it is not stored and may be sent again.</summary>
    public const byte NotStored = 0x15;
}

public enum MllpFrameKind
{
    Message,
    /// <summary>The peer closed between two frames.</summary>
    End,
    /// <summary>Longer than allowed; the connection cannot be read on.</summary>
    TooLarge,
    /// <summary>Cut off, or an end block without its carriage return; the connection cannot be read on.</summary>
    Broken,
}

/// <param name="Body">The message without framing; empty unless <see cref="MllpFrameKind.Message"/>.</param>
/// <param name="Problem">What is wrong with the frame; null for a message and a regular end.</param>
public readonly record struct MllpFrame(MllpFrameKind Kind, byte[] Body, string? Problem = null)
{
    /// <summary>What a commit block of release 2 says; null for everything that is none.</summary>
    public bool? Commit => Kind == MllpFrameKind.Message && Body is [MllpBlock.Stored or MllpBlock.NotStored] ? Body[0] == MllpBlock.Stored : null;
}

/// <summary>A conversation that cannot go on: timeout, closed connection, an answer to something else.</summary>
public sealed class MllpException(string message, Exception? inner = null) : IOException(message, inner);
