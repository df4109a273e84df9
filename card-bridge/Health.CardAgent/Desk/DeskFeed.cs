using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Health.CardAgent.Desk;

/// <summary>The one current view and everybody who watches it. A slow watcher gets the newest view, not every one.</summary>
public sealed class DeskFeed(AgentSettings settings)
{
    private readonly Lock turn = new();
    private readonly List<Channel<DeskView>> watchers = [];
    private DeskView view = new() { DeskId = settings.DeskId, InstitutionName = settings.InstitutionName, Reader = "" };

    public DeskView Now
    {
        get { lock (turn) return view; }
    }

    public DeskView Change(Func<DeskView, DeskView> change)
    {
        lock (turn)
        {
            view = change(view);
            foreach (var watcher in watchers) watcher.Writer.TryWrite(view);
            return view;
        }
    }

    public async IAsyncEnumerable<DeskView> Watch([EnumeratorCancellation] CancellationToken ct)
    {
        var channel = Channel.CreateBounded<DeskView>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });
        lock (turn)
        {
            watchers.Add(channel);
            channel.Writer.TryWrite(view);
        }
        try
        {
            await foreach (var next in channel.Reader.ReadAllAsync(ct)) yield return next;
        }
        finally
        {
            lock (turn) watchers.Remove(channel);
        }
    }
}
