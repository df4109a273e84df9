namespace Health.Hl7v2.Mllp;

/// <summary>The block characters of MLLP R1 (HL7 v2 transport specification: minimal lower layer protocol).</summary>
public static class MllpBlock
{
    public const byte Start = 0x0B;
    public const byte End = 0x1C;
    public const byte CarriageReturn = 0x0D;
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
public readonly record struct MllpFrame(MllpFrameKind Kind, byte[] Body, string? Problem = null);

/// <summary>A conversation that cannot go on: timeout, closed connection, an answer to something else.</summary>
public sealed class MllpException(string message, Exception? inner = null) : IOException(message, inner);
