using System.Text.Json;
using System.Text.Json.Nodes;
using Health.CardBridge.Log;
using Health.CardBridge.Payers;
using Health.Contracts;

namespace Health.CardBridge.Settlements;

/// <summary>A visit as FHIR R4 resources (merge patches in UTF-8 JSON). Pure. Amounts are CNY with two digits, written from fen.</summary>
public static class VisitResources
{
    public const string SettlementSystem = "urn:health:card-bridge:visit";
    public const string ChannelExtension = "https://health.mianyang.example/fhir/StructureDefinition/registration-channel";

    public static RecordWrite Patient(string id, PatientIdentity identity) => Write("Patient", id, new JsonObject
    {
        ["identifier"] = new JsonArray([.. identity.Identifiers.Select(i => Identifier(i.System, i.Value))]),
        ["active"] = true,
        ["name"] = new JsonArray(new JsonObject { ["use"] = "official", ["text"] = identity.Name }),
        ["gender"] = identity.Gender,
        ["birthDate"] = identity.BirthDate?.ToString("yyyy-MM-dd"),
        ["managingOrganization"] = Organization(identity.InstitutionCode),
    });

    public static RecordWrite Registered(VisitRequested request, string encounterId, string patientId) => Write("Encounter", encounterId, new JsonObject
    {
        ["extension"] = new JsonArray(new JsonObject { ["url"] = ChannelExtension, ["valueCode"] = VisitNotices.Channel }),
        ["identifier"] = new JsonArray(Identifier(IdentifierSystems.LocalVisit(request.InstitutionCode), request.VisitNumber)),
        ["status"] = "in-progress",
        ["class"] = new JsonObject { ["system"] = "http://terminology.hl7.org/CodeSystem/v3-ActCode", ["code"] = "AMB", ["display"] = "ambulatory" },
        ["subject"] = Reference("Patient", patientId),
        ["period"] = new JsonObject { ["start"] = ChinaTime.Fhir(request.At) },
        ["serviceProvider"] = Organization(request.InstitutionCode),
    });

    public static RecordWrite Cancelled(VisitRequested request, string encounterId) => Write("Encounter", encounterId, new JsonObject
    {
        ["status"] = "cancelled",
        ["period"] = new JsonObject { ["start"] = ChinaTime.Fhir(request.At) },
    });

    /// <param name="id">The id of the visit's resource of a kind.</param>
    public static IReadOnlyList<RecordWrite> Settled(SettlementState state, InsuredVisit insured, IReadOnlyList<FeeLine> lines, Func<string, string> id) =>
    [
        Write("Encounter", state.Registration!.EncounterId, new JsonObject
        {
            ["status"] = "finished", ["period"] = new JsonObject { ["start"] = ChinaTime.Fhir(state.Request!.At), ["end"] = ChinaTime.Fhir(state.SettledAt) },
        }),
        Write("Coverage", id("Coverage"), ClaimResources.Coverage(state, insured)),
        Write("CoverageEligibilityResponse", id("CoverageEligibilityResponse"), ClaimResources.Eligibility(state, insured, id)),
        Write("Claim", id("Claim"), ClaimResources.Claim(state, lines, id)),
        Write("ClaimResponse", id("ClaimResponse"), ClaimResources.Response(state, insured, id)),
        Write("Invoice", id("Invoice"), InvoiceResources.Invoice(state, lines, reversed: false)),
        Write("PaymentNotice", id("PaymentNotice"), InvoiceResources.Payment(state, insured, id)),
    ];

    public static IReadOnlyList<RecordWrite> Reversed(SettlementState state, InsuredVisit insured, IReadOnlyList<FeeLine> lines, Func<string, string> id) =>
    [
        .. new[] { "CoverageEligibilityResponse", "Claim", "ClaimResponse", "Invoice", "PaymentNotice" }.Select(kind => Write(kind, id(kind), new JsonObject { ["status"] = "cancelled" })),
        Write("Invoice", id("ReversingInvoice"), InvoiceResources.Invoice(state, lines, reversed: true)),
    ];

    // The number is written digit by digit: it never passes through a binary fraction, and 12.00 keeps its zeros.
    internal static JsonObject Money(Fen fen) => new() { ["value"] = JsonNode.Parse(fen.ToString()), ["currency"] = "CNY" };

    internal static JsonObject Coded(string system, string code) => new() { ["coding"] = new JsonArray(new JsonObject { ["system"] = system, ["code"] = code }) };

    internal static JsonObject Identifier(string system, string value) => new() { ["system"] = system, ["value"] = value };

    internal static JsonObject Reference(string type, string id) => new() { ["reference"] = $"{type}/{id}" };

    internal static JsonObject Organization(string institutionCode) => Reference("Organization", institutionCode.ToLowerInvariant());

    internal static JsonObject Insurer(InsuredVisit insured) => new() { ["identifier"] = Identifier("urn:health:insurer", insured.InsuranceDivision), ["display"] = "医疗保障局" };

    private static RecordWrite Write(string type, string id, JsonObject content)
    {
        var resource = new JsonObject { ["resourceType"] = type, ["id"] = id };
        foreach (var (name, value) in content) resource[name] = value?.DeepClone();
        return new RecordWrite(WriteKind.Merge, type, id, JsonSerializer.SerializeToUtf8Bytes(resource));
    }
}
