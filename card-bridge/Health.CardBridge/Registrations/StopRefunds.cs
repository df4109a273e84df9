using Health.CardBridge.Log;
using Health.CardBridge.Payers;
using Health.CardBridge.Settlements;
using Health.Contracts;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Health.CardBridge.Registrations;

/// <summary>
/// Gives back what was paid for numbers of a stopped session (停诊): each visit is reversed, or cancelled when it was not settled yet, by its own
/// process, which knows of unknown outcomes and has its own work list. Here it is only asked for, once per appointment.
/// </summary>
public sealed class StopRefunds(NpgsqlDataSource database, VisitProcess process, VisitLog visits, VisitSecrets secrets, MsgIds msgIds, TimeProvider clock, ILogger<StopRefunds> log)
{
    private const int Batch = 200;
    private const string Reason = "停诊退费";

    /// <summary>Asks for all that are due; returns how many were taken. What a visit does not take yet (a payment of it is under way) stays due.</summary>
    public async Task<int> AskForDue(CancellationToken ct)
    {
        var taken = 0;
        foreach (var (appointmentId, visitTx) in await Due(ct))
        {
            if (!await Ask(visitTx, ct)) continue;
            await using var command = database.CreateCommand("update cards.appointment set refund = 'requested' where appointment_id = $1 and refund = 'due'");
            command.Parameters.Add(new() { Value = appointmentId });
            taken += await command.ExecuteNonQueryAsync(ct);
        }
        return taken;
    }

    private async Task<bool> Ask(string visitTx, CancellationToken ct)
    {
        var (visit, _) = await visits.Load(visitTx, ct);
        if (visit.Request is not { } request) return false;
        var now = clock.GetUtcNow();
        var msgId = (await msgIds.Next(request.InstitutionCode, now, 1, ct))[0];
        var caller = new Caller("card-bridge", null, request.InstitutionCode, null, [], [], PurposeOfUse.HPAYMT, $"source-stop|{visitTx}");
        VisitCommand command = visit.Stage == VisitStage.Closed
            ? new ReverseVisit(new ReversalRequested(now, msgId, ChinaTime.DayOf(visit.ChangedAt) != ChinaTime.DayOf(now), await secrets.Seal(request.ResidentId, visitTx, "reversal", Reason, ct)))
            : new CancelVisit(now, msgId);
        var (_, refusal) = await process.Execute(visitTx, caller, "source-stop", _ => command, ct);
        if (refusal is not null) log.LogWarning("Visit {VisitTx} of a stopped session is not given back yet: {Reason}", visitTx, refusal.Diagnostics);
        return refusal is null;
    }

    private async Task<List<(string AppointmentId, string VisitTx)>> Due(CancellationToken ct)
    {
        await using var command = database.CreateCommand("select appointment_id, visit_tx from cards.appointment where refund = 'due' order by changed_at limit $1");
        command.Parameters.Add(new() { Value = Batch });
        await using var reader = await command.ExecuteReaderAsync(ct);
        List<(string, string)> due = [];
        while (await reader.ReadAsync(ct)) due.Add((reader.GetString(0), reader.GetString(1)));
        return due;
    }
}
