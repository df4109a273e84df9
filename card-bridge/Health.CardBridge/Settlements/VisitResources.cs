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
    public const string PartSystem = "https://health.mianyang.example/fhir/CodeSystem/settlement-part";
    private const string InsurerSystem = "urn:health:insurer:settlement";

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

    public static IReadOnlyList<RecordWrite> Settled(SettlementState state, InsuredVisit insured, IReadOnlyList<FeeLine> lines, string coverageId, string claimId, string responseId)
    {
        var (request, registration, split) = (state.Request!, state.Registration!, state.Settled!);
        var (patient, settledAt) = (registration.PatientId, ChinaTime.Fhir(state.ChangedAt));
        return
        [
            Write("Encounter", registration.EncounterId, new JsonObject { ["status"] = "finished", ["period"] = new JsonObject { ["start"] = ChinaTime.Fhir(request.At), ["end"] = settledAt } }),
            Write("Coverage", coverageId, new JsonObject
            {
                ["status"] = "active",
                ["type"] = new JsonObject { ["coding"] = new JsonArray(new JsonObject { ["system"] = "urn:health:insurer:insutype", ["code"] = insured.InsuranceType }) },
                ["subscriberId"] = insured.PersonNumber,
                ["beneficiary"] = Reference("Patient", patient),
                ["payor"] = new JsonArray(Insurer(insured)),
            }),
            Write("Claim", claimId, Claim(state, lines, coverageId, settledAt)),
            Write("ClaimResponse", responseId, Response(state, insured, split, claimId, settledAt)),
        ];
    }

    private static JsonObject Claim(SettlementState state, IReadOnlyList<FeeLine> lines, string coverageId, string at) => new()
    {
        ["identifier"] = new JsonArray(Identifier(SettlementSystem, state.Request!.VisitTx)),
        ["status"] = "active",
        ["type"] = ClaimType(),
        ["use"] = "claim",
        ["patient"] = Reference("Patient", state.Registration!.PatientId),
        ["created"] = at,
        ["provider"] = Organization(state.Request.InstitutionCode),
        ["priority"] = Coded("http://terminology.hl7.org/CodeSystem/processpriority", "normal"),
        ["insurance"] = new JsonArray(new JsonObject { ["sequence"] = 1, ["focal"] = true, ["coverage"] = Reference("Coverage", coverageId) }),
        ["item"] = new JsonArray([.. lines.Select((line, index) => new JsonObject
        {
            ["sequence"] = index + 1,
            ["productOrService"] = new JsonObject { ["coding"] = new JsonArray(new JsonObject { ["system"] = CodeSystemOf(state.Request.InstitutionCode, line.Code), ["code"] = line.Code }), ["text"] = line.Name },
            ["quantity"] = new JsonObject { ["value"] = line.Quantity },
            ["net"] = Money(new Fen(line.AmountFen)),
            ["encounter"] = new JsonArray(Reference("Encounter", state.Registration.EncounterId)),
        })]),
        ["total"] = Money(FeeLine.Sum(lines)),
    };

    private static JsonObject Response(SettlementState state, InsuredVisit insured, Split split, string claimId, string at) => new()
    {
        ["identifier"] = new JsonArray(Identifier(InsurerSystem, state.SettlementId!)),
        ["status"] = "active",
        ["type"] = ClaimType(),
        ["use"] = "claim",
        ["patient"] = Reference("Patient", state.Registration!.PatientId),
        ["created"] = at,
        ["insurer"] = Insurer(insured),
        ["requestor"] = Organization(state.Request!.InstitutionCode),
        ["request"] = Reference("Claim", claimId),
        ["outcome"] = "complete",
        ["total"] = new JsonArray(
            Part(Coded("http://terminology.hl7.org/CodeSystem/adjudication", "submitted"), split.Total),
            Part(Coded(PartSystem, "fund"), split.Fund),
            Part(Coded(PartSystem, "account"), split.Account),
            Part(Coded(PartSystem, "self"), split.Self)),
        ["payment"] = new JsonObject
        {
            ["type"] = Coded("http://terminology.hl7.org/CodeSystem/ex-paymenttype", "complete"),
            ["date"] = at[..10],
            ["amount"] = Money(split.Fund + split.Account),
        },
    };

    // National catalogue codes have 15, 21 or 23 characters; shorter ones are the institution's own.
    private static string CodeSystemOf(string institutionCode, string code) => code.Length is 15 or 21 or 23 ? "urn:health:nhsa:catalogue" : $"urn:health:institution:{institutionCode}:fee-item";

    private static JsonObject Part(JsonObject category, Fen amount) => new() { ["category"] = category, ["amount"] = Money(amount) };

    // The number is written digit by digit: it never passes through a binary fraction, and 12.00 keeps its zeros.
    internal static JsonObject Money(Fen fen) => new() { ["value"] = JsonNode.Parse(fen.ToString()), ["currency"] = "CNY" };

    private static JsonObject ClaimType() => Coded("http://terminology.hl7.org/CodeSystem/claim-type", "professional");

    internal static JsonObject Coded(string system, string code) => new() { ["coding"] = new JsonArray(new JsonObject { ["system"] = system, ["code"] = code }) };

    private static JsonObject Identifier(string system, string value) => new() { ["system"] = system, ["value"] = value };

    private static JsonObject Reference(string type, string id) => new() { ["reference"] = $"{type}/{id}" };

    internal static JsonObject Organization(string institutionCode) => Reference("Organization", institutionCode.ToLowerInvariant());

    private static JsonObject Insurer(InsuredVisit insured) => new() { ["identifier"] = Identifier("urn:health:insurer", insured.InsuranceDivision), ["display"] = "医疗保障局" };

    private static RecordWrite Write(string type, string id, JsonObject content)
    {
        var resource = new JsonObject { ["resourceType"] = type, ["id"] = id };
        foreach (var (name, value) in content) resource[name] = value?.DeepClone();
        return new RecordWrite(WriteKind.Merge, type, id, JsonSerializer.SerializeToUtf8Bytes(resource));
    }
}
