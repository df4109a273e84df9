using System.Diagnostics;
using System.Globalization;
using System.Text;
using Health.Contracts;
using Health.Fhir.Records;
using Health.Fhir.Search;
using Health.Host;
using Health.SimulationTests.Platform;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using NpgsqlTypes;

namespace Health.Benchmarks;

/// <summary>
/// Loads a population beside the running platform, into its own database, with the platform's own encoders: keys of residents from its keyring, bodies
/// sealed as the committer seals them, events, streams and current rows by COPY, index rows by its index writer. Only doors and validation are passed by.
/// </summary>
public sealed class BulkLoader : IAsyncDisposable
{
    private const int PatientsAtOnce = 100, KeysAtOnce = 8;
    private static readonly string Headers = """{"node": "city", "actor": "bench", "source": "bench", "purpose": "HOPERAT"}""";
    private readonly WebApplication modules;
    private readonly NpgsqlDataSource database;
    private readonly IKeyring keyring;
    private readonly SearchIndex index;
    private readonly TimeProvider time;

    private BulkLoader(WebApplication modules)
    {
        this.modules = modules;
        database = modules.Services.GetRequiredService<NpgsqlDataSource>();
        keyring = modules.Services.GetRequiredService<IKeyring>();
        index = modules.Services.GetRequiredService<SearchIndex>();
        time = modules.Services.GetRequiredService<TimeProvider>();
    }

    private sealed record Row(MadeResource Resource, string ResidentId, string Institution, string KeyId, byte[] Json, byte[] Stored);

    /// <summary>The modules of the platform under test, built on its database and key file and never started.</summary>
    public static async Task<BulkLoader> Open(RunningPlatform platform) => new(await HealthHost.Build(
    [
        $"--Health:Database={Floor.ConnectionString(platform.PostgresFolder, "health")}", $"--Health:DataFolder={platform.Data}", $"--Health:BaseUrl={platform.BaseUrl}", "--Health:Development=true",
        "--Serilog:MinimumLevel:Default=Warning",
    ]));

    /// <summary>People <paramref name="first"/> to <paramref name="end"/>, exclusive; returns resources per second.</summary>
    /// <param name="chronic">With long lists of one measurement instead of a bit of everything.</param>
    public async Task<double> Load(int first, int end, bool chronic = false)
    {
        var clock = Stopwatch.StartNew();
        var resources = 0;
        Task<List<Row>> next = Encode(first, Math.Min(first + PatientsAtOnce, end), chronic);
        for (var from = first; from < end; from += PatientsAtOnce)
        {
            var rows = await next;
            var to = from + PatientsAtOnce;
            // The next hundred are encoded while these are written.
            next = to < end ? Encode(to, Math.Min(to + PatientsAtOnce, end), chronic) : Task.FromResult<List<Row>>([]);
            await Write(rows);
            resources += rows.Count;
            if ((from - first) / PatientsAtOnce % 50 == 49) await Terminal.Error.WriteLineAsync($"       {to - first} of {end - first} people, {resources / clock.Elapsed.TotalSeconds:0} resources/s");
        }

        return resources / clock.Elapsed.TotalSeconds;
    }

    /// <summary>Whether a person was loaded before.</summary>
    public async Task<bool> Holds(int person)
    {
        await using var command = database.CreateCommand("select exists (select 1 from fhir.resource where type = 'Patient' and id = $1)");
        command.Parameters.Add(new NpgsqlParameter { Value = Population.PatientId(person) });
        return (bool)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>What autovacuum does in its own time: statistics of the planner and visibility of the pages.</summary>
    public async Task Settle()
    {
        await using var command = database.CreateCommand("vacuum analyze");
        command.CommandTimeout = 0;
        await command.ExecuteNonQueryAsync();
    }

    public async Task<long> Horizon()
    {
        await using var command = database.CreateCommand("select max(seq_id) from events.mt_events");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    public ValueTask DisposeAsync() => modules.DisposeAsync();

    private async Task<List<Row>> Encode(int first, int end, bool chronic)
    {
        var keys = new DataKey[end - first];
        await Parallel.ForEachAsync(Enumerable.Range(first, end - first), new ParallelOptions { MaxDegreeOfParallelism = KeysAtOnce },
            async (n, ct) => keys[n - first] = await keyring.ForResident(Population.ResidentId(n), ct));
        return await Task.Run(() =>
        {
            var at = time.GetUtcNow();
            at = at.AddTicks(-(at.Ticks % TimeSpan.TicksPerMillisecond));
            var instant = ResourceBytes.Instant(at);
            string Meta(string type, string id) => $"\"id\":\"{id}\",\"meta\":{{\"versionId\":\"1\",\"lastUpdated\":\"{instant}\"}},";
            List<Row> rows = [];
            for (var n = first; n < end; n++)
                foreach (var made in chronic ? Population.Chronic(n, Meta) : Population.Of(n, Meta, (type, id) => $"{type}/{id}"))
                    rows.Add(RowOf(made, n, keys[n - first], at));
            return rows;
        });
    }

    private static Row RowOf(MadeResource made, int n, DataKey key, DateTimeOffset at)
    {
        var (resident, institution) = (Population.ResidentId(n), Population.InstitutionOf(n));
        var json = Encoding.UTF8.GetBytes(made.Json);
        var stored = ResourceEventFormat.Write(new ResourceCreated
        {
            KeyId = key.Id, ResidentId = resident, InstitutionCode = institution, LastUpdated = at, Sealed = key.Seal(json, ResourceEventFormat.AdditionalData(made.Type, made.Id, 1)),
        });
        return new Row(made, resident, institution, key.Id, json, stored);
    }

    private async Task Write(List<Row> rows)
    {
        var at = time.GetUtcNow().UtcDateTime;
        await using var connection = await database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        var seq = await Reserve(connection, Contracts.EventLog.TakeTurnSql + "; select setval('events.mt_events_sequence', (select last_value from events.mt_events_sequence) + $1)", rows.Count);
        var rid = await Reserve(connection, "select setval('fhir.resource_rid_seq', (select last_value from fhir.resource_rid_seq) + $1)", rows.Count);
        await Copy(connection, "events.mt_streams (id, version, timestamp, created)", rows, (row, _) => [row.Resource.Type + "/" + row.Resource.Id, 1L, at, at]);
        await Copy(connection, "events.mt_events (seq_id, id, stream_id, version, data, bdata, type, timestamp, mt_dotnet_type, headers)", rows, (row, i) =>
            [seq + i, Guid.CreateVersion7(), row.Resource.Type + "/" + row.Resource.Id, 1L, new Jsonb("{}"), row.Stored, ResourceCreated.Name, at, "Health.Fhir.Records.ResourceCreated, Health.Fhir", new Jsonb(Headers)]);
        await Copy(connection, "fhir.resource (rid, type, id, version, seq, last_updated, resident, institution, key_id)", rows, (row, i) =>
            [rid + i, row.Resource.Type, row.Resource.Id, 1L, seq + i, at, row.ResidentId, row.Institution, row.KeyId]);
        await Copy(connection, "broker.patient_link (patient_id, resident_id, linked_seq, facts)", [.. rows.Where(row => row.Resource.Type == "Patient")], (row, i) =>
            [row.Resource.Id, row.ResidentId, seq + i, Array.Empty<Guid>()]);
        await index.Write(connection, transaction, SearchIndex.Live,
            [.. rows.Select((row, i) => new IndexedWrite(rid + i, row.Resource.Type, row.Resource.Id, 1, seq + i, at, false, row.ResidentId, row.Institution, row.Json))], CancellationToken.None);
        await transaction.CommitAsync();
    }

    private sealed record Jsonb(string Text);

    /// <returns>The first of <paramref name="count"/> numbers of a sequence.</returns>
    private static async Task<long> Reserve(NpgsqlConnection connection, string sql, int count)
    {
        await using var command = new NpgsqlCommand(sql.Replace("$1", count.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal), connection);
        await using var reader = await command.ExecuteReaderAsync();
        do
            while (await reader.ReadAsync())
                if (reader.GetFieldType(0) == typeof(long)) return reader.GetInt64(0) - count + 1;
        while (await reader.NextResultAsync());
        throw new InvalidOperationException("The sequence gave no number.");
    }

    private static async Task Copy(NpgsqlConnection connection, string into, List<Row> rows, Func<Row, int, object[]> columns)
    {
        await using var copy = await connection.BeginBinaryImportAsync($"copy {into} from stdin (format binary)");
        for (var i = 0; i < rows.Count; i++)
        {
            await copy.StartRowAsync();
            foreach (var value in columns(rows[i], i))
            {
                if (value is Jsonb json) await copy.WriteAsync(json.Text, NpgsqlDbType.Jsonb);
                else await copy.WriteAsync(value);
            }
        }

        await copy.CompleteAsync();
    }
}
