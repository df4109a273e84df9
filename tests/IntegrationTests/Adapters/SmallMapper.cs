using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Health.Adapters.Mapping;
using Health.Contracts;
using Health.Hl7v2;

namespace Health.IntegrationTests.Adapters;

/// <summary>Just enough of a mapping to watch the intake: a Patient with the control id that made it; no PID-3, no record.</summary>
internal static class SmallMapper
{
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static MappingResult Map(Hl7Message message, MappingContext context)
    {
        if (message.MessageCode == "BUG") throw new InvalidOperationException("secret name in an exception");
        if (message.Get("PID-3.1") is not { } number) return new MappingResult.Refused([Hl7Diagnostic.Error("PID-3", Hl7ErrorCode.RequiredFieldMissing, "PID-3 is required.")]);
        var system = IdentifierSystems.LocalPatient(context.Source.InstitutionCode);
        var id = context.DeriveId("Patient", system, number);
        var identity = new PatientIdentity(id, context.Source.InstitutionCode, [new PersonIdentifier(system, number)], message.Get("PID-5.1"), null, null);
        var json = Encoding.UTF8.GetBytes($$"""{"resourceType":"Patient","id":"{{id}}","language":"{{message.ControlId}}","name":[{"text":{{JsonSerializer.Serialize(message.Get("PID-5.1"), Plain)}}}]}""");
        return new MappingResult.Mapped(identity, [new RecordWrite(WriteKind.Put, "Patient", id, json)], null, ["PID-99"]);
    }
}
