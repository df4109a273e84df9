using System.Text.Json;
using Health.Adapters.Sources;
using Health.Contracts;
using Health.IntegrationTests.Platform;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Health.IntegrationTests.SqlView;

/// <summary>The county hospital's HIS, a database of its own with the objects the simulator makes, and the platform that pulls it with a read-only account.</summary>
internal sealed class PulledHospital : IAsyncDisposable
{
    public const string Institution = "MY510722H001";
    private readonly string folder;

    private PulledHospital(string folder, TestHost host, NpgsqlDataSource his)
    {
        this.folder = folder;
        Host = host;
        His = his;
    }

    public TestHost Host { get; }
    public NpgsqlDataSource His { get; }
    public SourceProfile Profile => Host.Services.GetRequiredService<SourceRegistry>().ById("stxy")!;

    public static async Task<PulledHospital> Start(Database database, int rowCap = 500, Func<SqlViewSettings, SqlViewSettings>? adjust = null, ProtocolSettings? protocol = null)
    {
        var connectionString = await database.New();
        var his = NpgsqlDataSource.Create(connectionString);
        await Execute(his, await File.ReadAllTextAsync(Script()));
        await Execute(his, """
            do $$ begin create role his_reader login password 'read'; exception when duplicate_object then null; end $$;
            grant usage on schema his to his_reader; grant select on his.v_admission to his_reader
            """);
        var folder = Directory.CreateTempSubdirectory("health-sources-").FullName;
        var profile = new SourceProfile
        {
            Id = "stxy", InstitutionCode = Institution, SendingApplication = "HIS", SendingFacility = "STXY", Door = "sql-view", Protocol = protocol ?? new(),
            SqlView = new SqlViewSettings
            {
                ConnectionString = new NpgsqlConnectionStringBuilder(connectionString) { Username = "his_reader", Password = "read" }.ConnectionString,
                View = "his.v_admission", IntervalSeconds = 36_000, RowCap = rowCap, StatementTimeoutSeconds = 2,
            },
        };
        if (adjust is not null) profile = profile with { SqlView = adjust(profile.SqlView) };
        await File.WriteAllTextAsync(Path.Combine(folder, "stxy.json"), JsonSerializer.Serialize(profile, JsonSerializerOptions.Web));
        var host = await TestHost.Start(database, ["Broker", "Fhir", "Adapters"], builder =>
        {
            builder.Configuration["Health:Adapters:SourcesFolder"] = folder;
            TestCaller.Use(builder);
        });
        return new PulledHospital(folder, host, his);
    }

    public Task<int> Poll() => Host.Services.GetRequiredService<SqlViewPoller>().PollOnce(Profile, default);

    public Task<int> Reconcile() => Host.Services.GetRequiredService<SqlViewPoller>().ReconcileOnce(Profile, default);

    public Task Admit(string visit, string? record, string name, string status = "IN") => Execute(
        His,
        """
        insert into his.admission (visit_no, record_no, name, sex, birth, id_no, dept_name, admit_time, status) values ($1, $2, $3, '2', '1985-06-15', '51079919850615002X', '内科', '2026-11-24 08:00:00', $4)
        on conflict (visit_no) do update set record_no = $2, name = $3, status = $4, discharge_time = case $4 when 'OUT' then timestamp '2026-11-25 10:00:00' end
        """,
        visit, record, name, status);

    /// <summary>Waits until the worker has dealt with everything in the inbox.</summary>
    public async Task Settled()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (await Count("state = 'received'") > 0) await timer.WaitForNextTickAsync(limit.Token);
    }

    public async Task<long> Count(string where = "true") => (long)(await Scalar($"select count(*) from adapters.inbox where {where}"))!;

    public async Task<object?> Scalar(string sql)
    {
        await using var connection = new NpgsqlConnection(Host.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    public async Task<JsonElement?> Read(string type, string system, string value)
    {
        var id = Host.Services.GetRequiredService<IKeyring>().DeriveId(type, system, value);
        return await Host.Services.GetRequiredService<IRecordStore>().Read(type, id, default) is { } json ? JsonDocument.Parse(json).RootElement : null;
    }

    public Task<JsonElement?> Encounter(string visit) => Read("Encounter", IdentifierSystems.LocalVisit(Institution), visit);

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        await His.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    public static async Task Execute(NpgsqlDataSource source, string sql, params object?[] parameters)
    {
        await using var command = source.CreateCommand(sql);
        foreach (var value in parameters) command.Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        await command.ExecuteNonQueryAsync();
    }

    private static string Script()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            var file = Path.Combine(at.FullName, "tests", "Simulators", "Hospital", "His", "001-his.sql");
            if (File.Exists(file)) return file;
        }

        throw new FileNotFoundException("tests/Simulators/Hospital/His/001-his.sql is not above the test program.");
    }
}
