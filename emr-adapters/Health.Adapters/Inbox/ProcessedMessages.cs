using System.Collections.Concurrent;

namespace Health.Adapters.Inbox;

/// <summary>Tells those who wait for it that a message has been processed. What became of it stands in the inbox.</summary>
internal sealed class ProcessedMessages
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource> waiting = new(StringComparer.Ordinal);

    /// <summary>Completes at the next <see cref="Tell"/> for the message; asked for before looking into the inbox, nothing is missed.</summary>
    public Task Of(string messageId) => waiting.GetOrAdd(messageId, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    public void Forget(string messageId) => waiting.TryRemove(messageId, out _);

    public void Tell(string messageId)
    {
        if (waiting.TryRemove(messageId, out var told)) told.TrySetResult();
    }
}
