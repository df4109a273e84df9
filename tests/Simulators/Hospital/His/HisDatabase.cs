using Npgsql;
using NpgsqlTypes;

namespace Health.Simulators.Hospital.His;

/// <summary>The county hospital's database.</summary>
public sealed class HisDatabase : IAsyncDisposable
{
    private const string Upsert = """
        insert into his.admission (visit_no, record_no, name, id_no, sex, birth, phone, address, dept_code, dept_name, doctor_code, doctor_name,
                                   visit_class, admit_time, discharge_time, status)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, coalesce($13, 'I'), $14, $15, coalesce($16, 'IN'))
        on conflict (visit_no) do update set
            record_no = coalesce($2, admission.record_no), name = coalesce($3, admission.name), id_no = coalesce($4, admission.id_no),
            sex = coalesce($5, admission.sex), birth = coalesce($6, admission.birth), phone = coalesce($7, admission.phone),
            address = coalesce($8, admission.address), dept_code = coalesce($9, admission.dept_code), dept_name = coalesce($10, admission.dept_name),
            doctor_code = coalesce($11, admission.doctor_code), doctor_name = coalesce($12, admission.doctor_name),
            visit_class = coalesce($13, admission.visit_class), admit_time = coalesce($14, admission.admit_time),
            discharge_time = coalesce($15, admission.discharge_time), status = coalesce($16, admission.status)
        returning pk
        """;

    private readonly NpgsqlDataSource source;

    private HisDatabase(NpgsqlDataSource source) => this.source = source;

    /// <summary>Opens the database, made with its objects when they are missing.</summary>
    public static async Task<HisDatabase> Open(string connectionString)
    {
        await CreateDatabase(new NpgsqlConnectionStringBuilder(connectionString));
        var source = NpgsqlDataSource.Create(connectionString);
        using var script = new StreamReader(typeof(HisDatabase).Assembly.GetManifestResourceStream("001-his.sql")!);
        await using var command = source.CreateCommand(await script.ReadToEndAsync());
        await command.ExecuteNonQueryAsync();
        return new HisDatabase(source);
    }

    /// <summary>Inserts or changes the rows in one transaction that stays open for <paramref name="hold"/> after the last.</summary>
    public async Task<IReadOnlyList<long>> Save(IReadOnlyList<Admission> rows, TimeSpan hold, TimeProvider clock, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var keys = new List<long>();
        foreach (var row in rows)
        {
            await using var command = new NpgsqlCommand(Upsert, connection, transaction);
            string?[] texts =
            [
                row.VisitNo, row.RecordNo, row.Name, row.IdNo, row.Sex, row.Birth, row.Phone, row.Address,
                row.DeptCode, row.DeptName, row.DoctorCode, row.DoctorName, row.VisitClass,
            ];
            foreach (var text in texts) Add(command, text, NpgsqlDbType.Text);
            Add(command, row.AdmitTime, NpgsqlDbType.Timestamp);
            Add(command, row.DischargeTime, NpgsqlDbType.Timestamp);
            Add(command, row.Status, NpgsqlDbType.Text);
            keys.Add((long)(await command.ExecuteScalarAsync(ct))!);
        }

        if (hold > TimeSpan.Zero) await Task.Delay(hold, clock, ct);
        await transaction.CommitAsync(ct);
        return keys;
    }

    public async Task<bool> Delete(string visitNo, CancellationToken ct)
    {
        await using var command = source.CreateCommand("delete from his.admission where visit_no = $1");
        Add(command, visitNo, NpgsqlDbType.Text);
        return await command.ExecuteNonQueryAsync(ct) > 0;
    }

    public async Task<IReadOnlyList<AdmissionRow>> Read(CancellationToken ct)
    {
        await using var command = source.CreateCommand("select * from his.v_admission order by updated_at, pk");
        await using var reader = await command.ExecuteReaderAsync(ct);
        var rows = new List<AdmissionRow>();
        while (await reader.ReadAsync(ct)) rows.Add(Row(reader));
        return rows;
    }

    public ValueTask DisposeAsync() => source.DisposeAsync();

    private static AdmissionRow Row(NpgsqlDataReader reader)
    {
        string? Text(string column) => reader.IsDBNull(reader.GetOrdinal(column)) ? null : reader.GetString(reader.GetOrdinal(column));
        DateTime? Time(string column) => reader.IsDBNull(reader.GetOrdinal(column)) ? null : reader.GetDateTime(reader.GetOrdinal(column));
        var admission = new Admission(
            Text("visit_no")!, Text("record_no"), Text("name"), Text("id_no"), Text("sex"), Text("birth"), Text("phone"), Text("address"),
            Text("dept_code"), Text("dept_name"), Text("doctor_code"), Text("doctor_name"), Text("visit_class"),
            Time("admit_time"), Time("discharge_time"), Text("status"));
        return new AdmissionRow(reader.GetInt64(reader.GetOrdinal("pk")), reader.GetDateTime(reader.GetOrdinal("updated_at")), admission);
    }

    private static void Add(NpgsqlCommand command, object? value, NpgsqlDbType type) =>
        command.Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value, NpgsqlDbType = type });

    private static async Task CreateDatabase(NpgsqlConnectionStringBuilder target)
    {
        var name = target.Database ?? throw new ArgumentException("--his-database names no database.");
        await using var server = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(target.ConnectionString) { Database = "postgres", Pooling = false });
        await using var find = server.CreateCommand("select 1 from pg_database where datname = $1");
        Add(find, name, NpgsqlDbType.Text);
        if (await find.ExecuteScalarAsync() is not null) return;
        await using var create = server.CreateCommand($"create database \"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"");
        await create.ExecuteNonQueryAsync();
    }
}
