using Health.Contracts;
using JasperFx.Events;
using Marten;
using Marten.Services;
using Npgsql;

namespace Health.Fhir.Records;

/// <summary>Appends versions to their streams in one session on the committer's transaction and notes their sequences.</summary>
internal static class EventAppend
{
    public static async Task Run(IDocumentStore store, NpgsqlTransaction transaction, IReadOnlyList<PendingVersion> versions, CancellationToken ct)
    {
        await using var session = store.LightweightSession(SessionOptions.ForTransaction(transaction));
        var appended = new List<(PendingVersion Version, IEvent Event)>(versions.Count);
        foreach (var stream in versions.GroupBy(version => version.Row.StreamId))
        {
            var ordered = stream.OrderBy(version => version.Row.Version).ToList();
            var events = ordered.Select(Wrap).ToArray();
            if (ordered[0].Row.Version == 1) session.Events.StartStream(stream.Key, events);
            else session.Events.Append(stream.Key, ordered[^1].Row.Version, events);
            for (var i = 0; i < events.Length; i++) appended.Add((ordered[i], (IEvent)events[i]));
        }

        await session.SaveChangesAsync(ct);
        foreach (var (version, e) in appended)
        {
            if (e.Sequence == 0 || e.Version != version.Row.Version)
                throw new InvalidOperationException($"{version.Row.StreamId} was appended as version {e.Version}, sequence {e.Sequence}; version {version.Row.Version} was decided.");
            version.Row.At.Value = e.Sequence;
        }
    }

    private static object Wrap(PendingVersion version)
    {
        IEvent e = version.Event switch
        {
            ResourceCreated created => new Event<ResourceCreated>(created),
            ResourceUpdated updated => new Event<ResourceUpdated>(updated),
            ResourceDeleted deleted => new Event<ResourceDeleted>(deleted),
            _ => throw new InvalidOperationException($"{version.Event.GetType().Name} is no resource event."),
        };
        e.Timestamp = version.Event.LastUpdated;
        e.CorrelationId = version.Unit.Header.Trace;
        foreach (var (key, value) in version.Unit.Header.Entries()) e.SetHeader(key, value);
        return e;
    }
}
