using System.Collections.Concurrent;

namespace Health.Adapters.Acknowledging;

/// <summary>A connection on which the platform may speak unasked.</summary>
internal interface IReturnPath
{
    /// <summary>Writes a message (without framing). False when the connection is closed or closes meanwhile.</summary>
    Task<bool> TryGive(byte[] message, CancellationToken ct);
}

/// <summary>Which open connection a message came on, as long as it is owed an application acknowledgement.</summary>
internal sealed class ReturnPaths
{
    private readonly ConcurrentDictionary<string, IReturnPath> paths = new(StringComparer.Ordinal);

    public void Remember(string messageId, IReturnPath path) => paths[messageId] = path;

    public void Forget(string messageId) => paths.TryRemove(messageId, out _);

    public IReturnPath? Of(string messageId) => paths.GetValueOrDefault(messageId);

    public void Close(IReturnPath path)
    {
        foreach (var entry in paths)
            if (ReferenceEquals(entry.Value, path)) paths.TryRemove(entry);
    }
}
