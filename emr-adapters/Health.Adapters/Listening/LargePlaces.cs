using System.Net;

namespace Health.Adapters.Listening;

/// <summary>
/// Places for large messages, which bound the memory of many connections. One address holds only some of them, and a place that becomes free goes to the address
/// that holds fewest: whoever fills their places slowly keeps them from no other address.
/// </summary>
internal sealed class LargePlaces(int most, int mostOfOne)
{
    private readonly Lock gate = new();
    private readonly Dictionary<IPAddress, int> held = [];
    private readonly LinkedList<Waiter> waiting = [];
    private int taken;

    private sealed record Waiter(IPAddress Address)
    {
        public TaskCompletionSource Turn { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>Waits for a place. Given back by <see cref="Give"/>.</summary>
    public async Task Take(IPAddress address, CancellationToken ct)
    {
        LinkedListNode<Waiter> node;
        lock (gate)
        {
            if (IsFree(address))
            {
                Hold(address);
                return;
            }

            node = waiting.AddLast(new Waiter(address));
        }

        await using var stop = ct.Register(() => node.Value.Turn.TrySetCanceled(ct));
        try
        {
            await node.Value.Turn.Task;
        }
        catch (OperationCanceledException)
        {
            lock (gate)
                if (node.List is not null) waiting.Remove(node);
            throw;
        }
    }

    public void Give(IPAddress address)
    {
        lock (gate)
        {
            taken--;
            if (--held[address] == 0) held.Remove(address);
            while (Next() is { } node)
            {
                waiting.Remove(node);
                // One that gave up meanwhile takes no place.
                if (node.Value.Turn.TrySetResult()) Hold(node.Value.Address);
            }
        }
    }

    /// <summary>Of those that may have a place, the first of the address that holds fewest.</summary>
    private LinkedListNode<Waiter>? Next()
    {
        LinkedListNode<Waiter>? best = null;
        for (var node = waiting.First; node is not null; node = node.Next)
            if (IsFree(node.Value.Address) && (best is null || Held(node.Value.Address) < Held(best.Value.Address))) best = node;
        return best;
    }

    private bool IsFree(IPAddress address) => taken < most && Held(address) < mostOfOne;

    private int Held(IPAddress address) => held.GetValueOrDefault(address);

    private void Hold(IPAddress address)
    {
        taken++;
        held[address] = Held(address) + 1;
    }
}
