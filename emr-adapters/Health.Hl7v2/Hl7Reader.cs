namespace Health.Hl7v2;

/// <summary>
/// Reads one message after the other in the same memory: once its arrays have the size of the messages, nothing is allocated. The message
/// it gives is valid until the next read. For one thread; <see cref="Hl7Message.Read"/> gives a message of its own.
/// </summary>
public sealed class Hl7Reader : IDisposable
{
    private readonly List<Hl7Diagnostic> diagnostics = [];
    private readonly Hl7Message message;

    public Hl7Reader() => message = new Hl7Message(diagnostics);

    /// <summary>What was noticed by the last read.</summary>
    public IReadOnlyList<Hl7Diagnostic> Diagnostics => diagnostics;

    /// <param name="raw">Without MLLP framing. Kept, not copied: the caller leaves it unchanged until the next read.</param>
    /// <param name="configured">The character set the source is known to send, whatever MSH-18 says.</param>
    /// <returns>Null when there is no MSH with a usable MSH-1; the reason is in <see cref="Diagnostics"/>.</returns>
    public Hl7Message? Read(ReadOnlyMemory<byte> raw, Hl7Charset? configured = null)
    {
        diagnostics.Clear();
        return message.Load(raw, configured) ? message : null;
    }

    public void Dispose() => message.Dispose();
}
