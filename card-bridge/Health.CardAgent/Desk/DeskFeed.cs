using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Health.CardAgent.Desk;

/// <summary>The one current view and everybody who watches it. A slow watcher gets the newest view, not every one; a follower gets every event.</summary>
public sealed class DeskFeed(AgentSettings settings)
{
    private const int MostWaiting = 256;
    private readonly Lock turn = new();
    private readonly List<Channel<DeskView>> watchers = [];
    private readonly List<Channel<DeskEvent>> followers = [];
    private DeskView view = new() { DeskId = settings.DeskId, InstitutionName = settings.InstitutionName, Reader = "", Training = settings.Training };

    public DeskView Now
    {
        get { lock (turn) return view; }
    }

    public DeskView Change(Func<DeskView, DeskView> change)
    {
        lock (turn)
        {
            var before = view;
            view = change(view);
            foreach (var watcher in watchers) watcher.Writer.TryWrite(view);
            if (followers.Count > 0)
                foreach (var happened in DeskEvent.Between(before, view)) Tell(happened);
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

    /// <summary>Every event from now on. The reader of one who falls too far behind ends with <see cref="InvalidOperationException"/>: an event is never left out in silence.</summary>
    public ChannelReader<DeskEvent> Follow()
    {
        var channel = Channel.CreateBounded<DeskEvent>(new BoundedChannelOptions(MostWaiting) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true });
        lock (turn) followers.Add(channel);
        return channel.Reader;
    }

    public void Leave(ChannelReader<DeskEvent> reader)
    {
        lock (turn) followers.RemoveAll(channel => channel.Reader == reader);
    }

    private void Tell(DeskEvent happened)
    {
        foreach (var follower in followers)
            if (!follower.Writer.TryWrite(happened)) follower.Writer.TryComplete(new InvalidOperationException("The follower is too slow."));
    }
}
