using Npgsql;
using NpgsqlTypes;

namespace Health.Fhir.Records;

/// <summary>
/// The statements that append versions to their streams in Marten's tables, as Marten itself would (docs/adr/0006): one per table whatever the
/// number of versions. A stream that is not where it was decided to be fails the transaction: a new one by its primary key, another by
/// <c>fhir.advance_streams</c>, both by the unique (stream, version).
/// </summary>
internal static class EventAppend
{
    private const string NewStreams = "insert into events.mt_streams (id, version, timestamp, created) select u.id, u.version, now(), now() from unnest($1::varchar[], $2::bigint[]) as u(id, version)";

    private const string AdvancedStreams = "select fhir.advance_streams($1, $2, $3)";

    private const string Events =
        """
        insert into events.mt_events (seq_id, id, stream_id, version, data, bdata, type, timestamp, tenant_id, mt_dotnet_type, correlation_id, headers, is_archived)
        select u.seq, u.id, u.stream, u.version, '{}'::jsonb, u.bdata, u.type, u.at, '*DEFAULT*', u.dotnet, u.correlation, u.headers::jsonb, false
        from unnest($1::bigint[], $2::uuid[], $3::varchar[], $4::bigint[], $5::bytea[], $6::varchar[], $7::timestamptz[], $8::varchar[], $9::varchar[], $10::text[])
            as u(seq, id, stream, version, bdata, type, at, dotnet, correlation, headers)
        """;

    /// <summary>The columns that the statements know; a table with others was made by another Marten (<see cref="EventTables"/>).</summary>
    public static readonly IReadOnlyDictionary<string, string[]> Columns = new Dictionary<string, string[]>
    {
        ["mt_streams"] = ["compacted_version", "created", "id", "is_archived", "tenant_id", "timestamp", "type", "version"],
        ["mt_events"] =
        [
            "bdata", "correlation_id", "data", "headers", "id", "is_archived", "mt_dotnet_type", "seq_id", "stream_id", "tenant_id", "timestamp", "type", "version",
        ],
    };

    /// <param name="versions">In the order of their sequences, which are known.</param>
    public static IEnumerable<NpgsqlBatchCommand> Commands(IReadOnlyList<PendingVersion> versions)
    {
        var begun = new Dictionary<string, long>();
        var advanced = new Dictionary<string, (long From, long To)>();
        foreach (var row in versions.Select(version => version.Row))
        {
            if (row.Version == 1 || begun.ContainsKey(row.StreamId)) begun[row.StreamId] = row.Version;
            else advanced[row.StreamId] = (advanced.TryGetValue(row.StreamId, out var known) ? known.From : row.Version - 1, row.Version);
        }

        if (begun.Count > 0) yield return new NpgsqlBatchCommand(NewStreams) { Parameters = { Value(begun.Keys.ToArray()), Value(begun.Values.ToArray()) } };
        if (advanced.Count > 0)
            yield return new NpgsqlBatchCommand(AdvancedStreams)
            {
                Parameters = { Value(advanced.Keys.ToArray()), Value(advanced.Values.Select(span => span.From).ToArray()), Value(advanced.Values.Select(span => span.To).ToArray()) },
            };
        yield return new NpgsqlBatchCommand(Events)
        {
            Parameters =
            {
                Value(Each(versions, v => v.Row.Sequence)), Value(Each(versions, v => v.EventId)), Value(Each(versions, v => v.Row.StreamId)), Value(Each(versions, v => v.Row.Version)),
                Value(Each(versions, v => ResourceEventFormat.Write(v.Event))), Value(Each(versions, v => NameOf(v.Event))),
                new NpgsqlParameter { Value = Each(versions, v => v.Event.LastUpdated.UtcDateTime), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz },
                Value(Each(versions, v => DotNetTypeOf(v.Event))), new NpgsqlParameter { Value = Each(versions, v => v.Unit.Header.Trace), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text },
                Value(Each(versions, v => v.Unit.HeaderJson)),
            },
        };
    }

    public static string NameOf(ResourceEvent e) => e switch
    {
        ResourceCreated => ResourceCreated.Name,
        ResourceUpdated => ResourceUpdated.Name,
        ResourceDeleted => ResourceDeleted.Name,
        _ => throw new InvalidOperationException($"{e.GetType().Name} is no resource event."),
    };

    /// <summary>How Marten names the type beside the event.</summary>
    private static string DotNetTypeOf(ResourceEvent e) => e switch
    {
        ResourceCreated => "Health.Fhir.Records.ResourceCreated, Health.Fhir",
        ResourceUpdated => "Health.Fhir.Records.ResourceUpdated, Health.Fhir",
        _ => "Health.Fhir.Records.ResourceDeleted, Health.Fhir",
    };

    private static T[] Each<T>(IReadOnlyList<PendingVersion> versions, Func<PendingVersion, T> take)
    {
        var values = new T[versions.Count];
        for (var i = 0; i < values.Length; i++) values[i] = take(versions[i]);
        return values;
    }

    private static NpgsqlParameter Value(object value) => new() { Value = value };
}
