namespace Health.Adapters.Listening;

/// <summary>The ports MLLP is bound to, known once the platform has started; 0 before, and where one is not offered.</summary>
public sealed class MllpEndpoint
{
    public int Port { get; internal set; }

    /// <summary>Of MLLP release 2; 0 when it is not offered.</summary>
    public int R2Port { get; internal set; }

    public int TlsPort { get; internal set; }
}
