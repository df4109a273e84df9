using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Health.CardBridge.Settlements;
using Health.Contracts;

namespace Health.CardBridge.Registrations;

/// <summary>Sources and appointments as FHIR R4 (http://hl7.org/fhir/R4/appointment.html): a Schedule per source, a Slot per number, an Appointment per booking. Pure.</summary>
public static class AppointmentResources
{
    public const string SourceSystem = "urn:health:card-bridge:source", AppointmentSystem = "urn:health:card-bridge:appointment";

    private static readonly Dictionary<AppointmentStage, (string Slot, string Appointment, string Participant)> States = new()
    {
        [AppointmentStage.Booked] = ("busy", "booked", "accepted"),
        [AppointmentStage.Arrived] = ("busy", "arrived", "accepted"),
        [AppointmentStage.Missed] = ("busy", "noshow", "declined"),
        [AppointmentStage.Cancelled] = ("free", "cancelled", "declined"),
        [AppointmentStage.Stopped] = ("busy-unavailable", "cancelled", "declined"),
    };

    /// <param name="scheduleId">Logical id of the Schedule.</param>
    /// <param name="slotId">Logical id of the Slot of a number.</param>
    public static IReadOnlyList<RecordWrite> Source(SourceState state, string scheduleId, Func<int, string> slotId)
    {
        var p = state.Published!;
        var schedule = new JsonObject
        {
            ["resourceType"] = "Schedule",
            ["id"] = scheduleId,
            ["identifier"] = new JsonArray(VisitResources.Identifier(SourceSystem, p.SourceId)),
            ["active"] = !state.IsStopped,
            ["specialty"] = new JsonArray(VisitResources.Coded($"urn:health:institution:{p.InstitutionCode}:department", p.DepartmentCode)),
            ["actor"] = new JsonArray(
                Named("HealthcareService", $"urn:health:institution:{p.InstitutionCode}:department", p.DepartmentCode),
                Named("Practitioner", $"urn:health:institution:{p.InstitutionCode}:doctor", p.DoctorCode)),
            ["planningHorizon"] = new JsonObject { ["start"] = ChinaTime.Fhir(p.StartsAt), ["end"] = ChinaTime.Fhir(p.EndsAt) },
        };
        if (state.IsStopped) schedule["comment"] = state.StoppedBecause;
        return [Write("Schedule", scheduleId, schedule), .. Enumerable.Range(1, p.Numbers).Select(number => Slot(state, number, scheduleId, slotId(number), StatusOf(state, number)))];
    }

    /// <summary>Null while nothing is booked: a number that is only kept is nobody's appointment.</summary>
    public static IReadOnlyList<RecordWrite>? Of(Appointment appointment, SourceState state, string id, string patientId, string scheduleId, string slotId)
    {
        if (!States.TryGetValue(appointment.Stage, out var status)) return null;
        var p = state.Published!;
        var (start, end) = TimesOf(p, appointment.Number);
        var resource = new JsonObject
        {
            ["resourceType"] = "Appointment",
            ["id"] = id,
            ["identifier"] = new JsonArray(VisitResources.Identifier(AppointmentSystem, appointment.Id)),
            ["status"] = status.Appointment,
            ["specialty"] = new JsonArray(VisitResources.Coded($"urn:health:institution:{p.InstitutionCode}:department", p.DepartmentCode)),
            ["start"] = ChinaTime.Fhir(start),
            ["end"] = ChinaTime.Fhir(end),
            ["slot"] = new JsonArray(VisitResources.Reference("Slot", slotId)),
            ["comment"] = $"号序 {appointment.Number.ToString(CultureInfo.InvariantCulture)}",
            ["participant"] = new JsonArray(
                new JsonObject { ["actor"] = VisitResources.Reference("Patient", patientId), ["status"] = status.Participant },
                new JsonObject { ["actor"] = Named("Practitioner", $"urn:health:institution:{p.InstitutionCode}:doctor", p.DoctorCode), ["status"] = "accepted" }),
        };
        if (appointment.Reason is { } reason) resource["cancelationReason"] = new JsonObject { ["text"] = reason };
        return [Slot(state, appointment.Number, scheduleId, slotId, StatusOf(state, appointment.Number)), Write("Appointment", id, resource)];
    }

    /// <summary>The session in equal parts.</summary>
    public static (DateTimeOffset Start, DateTimeOffset End) TimesOf(SourcePublished p, int number)
    {
        var part = (p.EndsAt - p.StartsAt) / p.Numbers;
        var start = p.StartsAt + part * (number - 1);
        return (new DateTimeOffset(start.Ticks - start.Ticks % TimeSpan.TicksPerSecond, start.Offset), p.StartsAt + part * number);
    }

    private static string StatusOf(SourceState state, int number) =>
        state.IsStopped ? "busy-unavailable" : state.Appointments.Values.Any(a => a.Number == number && a.HoldsNumber) || state.Pools.Values.Any(pool => pool.Left.Contains(number)) ? "busy" : "free";

    private static RecordWrite Slot(SourceState state, int number, string scheduleId, string id, string status)
    {
        var (start, end) = TimesOf(state.Published!, number);
        return Write("Slot", id, new JsonObject
        {
            ["resourceType"] = "Slot",
            ["id"] = id,
            ["identifier"] = new JsonArray(VisitResources.Identifier(SourceSystem, $"{state.Published!.SourceId}|{number.ToString(CultureInfo.InvariantCulture)}")),
            ["schedule"] = VisitResources.Reference("Schedule", scheduleId),
            ["status"] = status,
            ["start"] = ChinaTime.Fhir(start),
            ["end"] = ChinaTime.Fhir(end),
            ["comment"] = state.ShareOf(number),
        });
    }

    private static JsonObject Named(string type, string system, string value) => new() { ["type"] = type, ["identifier"] = VisitResources.Identifier(system, value) };

    private static RecordWrite Write(string type, string id, JsonObject resource) => new(WriteKind.Put, type, id, JsonSerializer.SerializeToUtf8Bytes(resource));
}
