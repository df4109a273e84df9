using System.Threading.Channels;
using Health.Contracts;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Health.CardBridge.Registrations;

/// <summary>Tells the writer of records that sources or appointments changed. Signals that come while it works are one.</summary>
public sealed class RecordSignal
{
    private readonly Channel<bool> channel = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public void Wake() => channel.Writer.TryWrite(true);

    public ValueTask<bool> Wait(CancellationToken ct) => channel.Reader.ReadAsync(ct);
}

/// <summary>
/// Writes sources and appointments into the record behind their facts, each change once, gives locks back that ran out, and asks for what stopped sessions
/// owe. What a crash left out is found by its row.
/// </summary>
public sealed class AppointmentRecords(
    SourceBook sources, Appointments appointments, StopRefunds refunds, IResidentIndex residents, IRecordStore records, IKeyring keys, NodeIdentity node, NpgsqlDataSource database, RecordSignal signal, TimeProvider clock,
    ILogger<AppointmentRecords> log) : BackgroundService
{
    private const int Batch = 100;
    private static readonly TimeSpan Sweep = TimeSpan.FromSeconds(15);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        signal.Wake();
        await using var again = clock.CreateTimer(_ => signal.Wake(), null, Sweep, Sweep);
        try
        {
            while (await signal.Wait(stoppingToken)) await Once(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The program stops.
        }
    }

    private async Task Once(CancellationToken ct)
    {
        try
        {
            await appointments.ExpireLocks(ct);
            await refunds.AskForDue(ct);
            await WriteMissing(ct);
        }
        catch (Exception failure) when (failure is not OperationCanceledException || !ct.IsCancellationRequested)
        {
            log.LogError(failure, "Appointments could not be recorded; it is tried again");
        }
    }

    /// <summary>Writes what is not in the record yet; returns how many resources' owners were written.</summary>
    public async Task<int> WriteMissing(CancellationToken ct)
    {
        var written = 0;
        foreach (var (id, _) in await Missing("select source_id, '' from cards.source where recorded_version < version order by changed_at limit $1", ct))
            if (await WriteSource(id, ct)) written++;
        foreach (var (id, source) in await Missing("select appointment_id, source_id from cards.appointment where recorded_version < version order by changed_at limit $1", ct))
            if (await WriteAppointment(id, source, ct)) written++;
        if (written >= Batch) signal.Wake();
        return written;
    }

    public string ScheduleIdOf(string sourceId) => keys.DeriveId("Schedule", AppointmentResources.SourceSystem, sourceId);

    public string SlotIdOf(string sourceId, int number) => keys.DeriveId("Slot", AppointmentResources.SourceSystem, $"{sourceId}|{number}");

    public string AppointmentIdOf(string appointmentId) => keys.DeriveId("Appointment", AppointmentResources.AppointmentSystem, appointmentId);

    private async Task<bool> WriteSource(string sourceId, CancellationToken ct)
    {
        var (state, _) = await sources.Load(sourceId, ct);
        var version = state.IsStopped ? 2L : 1L;
        var writes = AppointmentResources.Source(state, ScheduleIdOf(sourceId), number => SlotIdOf(sourceId, number));
        return await Commit($"source|{sourceId}|{version}", state.Published!.InstitutionCode, null, writes, state.ChangedAt, ct)
            && await Done("update cards.source set recorded_version = $2 where source_id = $1", sourceId, version, ct);
    }

    private async Task<bool> WriteAppointment(string appointmentId, string sourceId, CancellationToken ct)
    {
        var (state, _) = await sources.Load(sourceId, ct);
        var appointment = state.Appointments[appointmentId];
        var patients = await residents.PatientsOf(appointment.ResidentId, ct);
        if (patients.Count == 0)
        {
            log.LogError("Appointment {AppointmentId} is of a resident without a Patient and is not recorded", appointmentId);
            return false;
        }
        var writes = AppointmentResources.Of(appointment, state, AppointmentIdOf(appointmentId), patients[0], ScheduleIdOf(sourceId), SlotIdOf(sourceId, appointment.Number));
        return (writes is null || await Commit($"appointment|{appointmentId}|{appointment.Changes}", state.Published!.InstitutionCode, appointment.ResidentId, writes, state.ChangedAt, ct))
            && await Done("update cards.appointment set recorded_version = $2 where appointment_id = $1", appointmentId, appointment.Changes, ct);
    }

    private async Task<bool> Commit(string key, string institutionCode, string? residentId, IReadOnlyList<RecordWrite> writes, DateTimeOffset at, CancellationToken ct)
    {
        var header = new EventHeader(node.NodeId, "system:card-bridge", PurposeOfUse.HOPERAT, CardBridgeModule.Source);
        var commit = await records.Commit(new RecordBatch(key, header, institutionCode, residentId, writes) { EffectiveAt = at }, ct);
        if (commit.IsRefused) log.LogError("Records of {Key} were refused at {Index}: {Diagnostics}", key, commit.RefusedIndex, commit.Refusal!.Diagnostics);
        return !commit.IsRefused;
    }

    private async Task<bool> Done(string sql, string id, long version, CancellationToken ct)
    {
        await using var command = database.CreateCommand(sql);
        command.Parameters.Add(new() { Value = id });
        command.Parameters.Add(new() { Value = version });
        return await command.ExecuteNonQueryAsync(ct) == 1;
    }

    private async Task<List<(string, string)>> Missing(string sql, CancellationToken ct)
    {
        await using var command = database.CreateCommand(sql);
        command.Parameters.Add(new() { Value = Batch });
        await using var reader = await command.ExecuteReaderAsync(ct);
        List<(string, string)> found = [];
        while (await reader.ReadAsync(ct)) found.Add((reader.GetString(0), reader.GetString(1)));
        return found;
    }
}
