using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Health.CardBridge.Settlements;
using Health.Contracts;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Health.CardBridge.Reconciliation;

/// <summary>Writes a FHIR PaymentReconciliation per closed day (http://hl7.org/fhir/R4/paymentreconciliation.html); what a crash left out is written at the next start.</summary>
public sealed class DayRecords(NpgsqlDataSource database, DayBook days, IRecordStore records, IKeyring keys, NodeIdentity node, TimeProvider clock, ILogger<DayRecords> log)
{
    public const string DaySystem = "urn:health:card-bridge:account-day", PartySystem = "https://health.mianyang.example/fhir/CodeSystem/ledger-party";

    /// <summary>Writes all closed days that are not in the record; returns how many were written.</summary>
    public async Task<int> WriteMissing(CancellationToken ct)
    {
        await using var command = database.CreateCommand("select institution_code, business_day from cards.account_day where sealed_at is not null and recorded_at is null order by sealed_at");
        List<(string, DateOnly)> missing = [];
        await using (var reader = await command.ExecuteReaderAsync(ct))
            while (await reader.ReadAsync(ct))
                missing.Add((reader.GetString(0), reader.GetFieldValue<DateOnly>(1)));
        var written = 0;
        foreach (var (institution, day) in missing)
            if (await Write(institution, day, ct)) written++;
        return written;
    }

    public string IdOf(string institutionCode, DateOnly day) => keys.DeriveId("PaymentReconciliation", DaySystem, KeyOf(institutionCode, day));

    /// <summary>The resource of a closed day. Pure. The amount is the day's net over all parties that pay; what the HIS books is the same money again.</summary>
    public static JsonObject Resource(string id, DayState state)
    {
        var closed = state.Closed!;
        var paying = closed.Parties.Where(party => party.Party != Parties.His).ToList();
        return new JsonObject
        {
            ["resourceType"] = "PaymentReconciliation",
            ["id"] = id,
            ["identifier"] = new JsonArray(VisitResources.Identifier(DaySystem, KeyOf(state.InstitutionCode, state.Day))),
            ["status"] = "active",
            ["period"] = new JsonObject { ["start"] = $"{state.Day:yyyy-MM-dd}", ["end"] = $"{state.Day:yyyy-MM-dd}" },
            ["created"] = ChinaTime.Fhir(closed.At),
            ["requestor"] = VisitResources.Organization(state.InstitutionCode),
            ["outcome"] = "complete",
            ["disposition"] = $"SM3 {closed.Seal}; {closed.LineCount.ToString(CultureInfo.InvariantCulture)} lines",
            ["paymentDate"] = $"{state.Day:yyyy-MM-dd}",
            ["paymentAmount"] = VisitResources.Money(new Fen(paying.Sum(party => party.OursFen))),
            ["detail"] = new JsonArray([.. closed.Parties.Select(party => new JsonObject
            {
                ["type"] = VisitResources.Coded(PartySystem, party.Party), ["date"] = $"{state.Day:yyyy-MM-dd}", ["amount"] = VisitResources.Money(new Fen(party.OursFen)),
            })]),
        };
    }

    private async Task<bool> Write(string institutionCode, DateOnly day, CancellationToken ct)
    {
        var (state, _) = await days.Load(institutionCode, day, ct);
        if (institutionCode != Parties.NoInstitution)
        {
            var id = IdOf(institutionCode, day);
            var write = new RecordWrite(WriteKind.Put, "PaymentReconciliation", id, JsonSerializer.SerializeToUtf8Bytes(Resource(id, state)));
            var commit = await records.Commit(new RecordBatch($"account-day|{KeyOf(institutionCode, day)}", new EventHeader(node.NodeId, DayBook.Actor, PurposeOfUse.HPAYMT, CardBridgeModule.Source), institutionCode, null, [write]) { EffectiveAt = state.Closed!.At }, ct);
            if (commit.IsRefused)
            {
                log.LogError("The PaymentReconciliation of {Institution} for {Day} was refused: {Diagnostics}", institutionCode, day, commit.Refusal!.Diagnostics);
                return false;
            }
        }
        await using var command = database.CreateCommand("update cards.account_day set recorded_at = $3 where institution_code = $1 and business_day = $2");
        foreach (object value in new object[] { institutionCode, day, clock.GetUtcNow() }) command.Parameters.Add(new() { Value = value });
        await command.ExecuteNonQueryAsync(ct);
        return true;
    }

    private static string KeyOf(string institutionCode, DateOnly day) => string.Create(CultureInfo.InvariantCulture, $"{institutionCode}|{day:yyyy-MM-dd}");
}
