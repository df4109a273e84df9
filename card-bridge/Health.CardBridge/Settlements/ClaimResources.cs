using System.Text.Json.Nodes;
using Health.CardBridge.Payers;
using Health.Contracts;
using static Health.CardBridge.Settlements.VisitResources;

namespace Health.CardBridge.Settlements;

/// <summary>The insurance's side of a settled visit: what it covers (2206), what was claimed, what it settled (2207). Pure.</summary>
public static class ClaimResources
{
    public const string PartSystem = "https://health.mianyang.example/fhir/CodeSystem/settlement-part";
    private const string InsurerSystem = "urn:health:insurer:settlement", Adjudication = "http://terminology.hl7.org/CodeSystem/adjudication";

    public static JsonObject Coverage(SettlementState state, InsuredVisit insured) => new()
    {
        ["status"] = "active",
        ["type"] = new JsonObject { ["coding"] = new JsonArray(new JsonObject { ["system"] = "urn:health:insurer:insutype", ["code"] = insured.InsuranceType }) },
        ["subscriberId"] = insured.PersonNumber,
        ["beneficiary"] = Reference("Patient", state.Registration!.PatientId),
        ["payor"] = new JsonArray(Insurer(insured)),
    };

    /// <summary>What the pre-settlement said the patient is entitled to.</summary>
    public static JsonObject Eligibility(SettlementState state, InsuredVisit insured, Func<string, string> id) => new()
    {
        ["identifier"] = new JsonArray(Identifier(SettlementSystem, state.Request!.VisitTx)),
        ["status"] = "active",
        ["purpose"] = new JsonArray("benefits"),
        ["patient"] = Reference("Patient", state.Registration!.PatientId),
        ["created"] = ChinaTime.Fhir(state.SettledAt),
        ["requestor"] = Organization(state.Request.InstitutionCode),
        // The request was a message of the insurance interface, not a resource.
        ["request"] = new JsonObject { ["identifier"] = Identifier("urn:health:insurer:msgid", state.PreSettleMsgId!) },
        ["outcome"] = "complete",
        ["insurer"] = Insurer(insured),
        ["insurance"] = new JsonArray(new JsonObject
        {
            ["coverage"] = Reference("Coverage", id("Coverage")),
            ["inforce"] = true,
            ["item"] = new JsonArray(Benefit("fund", state.Settled!.Fund), Benefit("account", state.Settled.Account), Benefit("self", state.Settled.Self)),
        }),
    };

    public static JsonObject Claim(SettlementState state, IReadOnlyList<FeeLine> lines, Func<string, string> id) => new()
    {
        ["identifier"] = new JsonArray(Identifier(SettlementSystem, state.Request!.VisitTx)),
        ["status"] = "active",
        ["type"] = ClaimType(),
        ["use"] = "claim",
        ["patient"] = Reference("Patient", state.Registration!.PatientId),
        ["created"] = ChinaTime.Fhir(state.SettledAt),
        ["provider"] = Organization(state.Request.InstitutionCode),
        ["priority"] = Coded("http://terminology.hl7.org/CodeSystem/processpriority", "normal"),
        ["insurance"] = new JsonArray(new JsonObject { ["sequence"] = 1, ["focal"] = true, ["coverage"] = Reference("Coverage", id("Coverage")) }),
        ["item"] = new JsonArray([.. lines.Select((line, index) => new JsonObject
        {
            ["sequence"] = index + 1,
            ["productOrService"] = new JsonObject { ["coding"] = Codings(state.Request.InstitutionCode, line), ["text"] = line.Name },
            ["quantity"] = new JsonObject { ["value"] = line.Quantity },
            ["net"] = Money(new Fen(line.AmountFen)),
            ["encounter"] = new JsonArray(Reference("Encounter", state.Registration.EncounterId)),
        })]),
        ["total"] = Money(FeeLine.Sum(lines)),
    };

    public static JsonObject Response(SettlementState state, InsuredVisit insured, Func<string, string> id)
    {
        var split = state.Settled!;
        var at = ChinaTime.Fhir(state.SettledAt);
        return new()
        {
            ["identifier"] = new JsonArray(Identifier(InsurerSystem, state.SettlementId!)),
            ["status"] = "active",
            ["type"] = ClaimType(),
            ["use"] = "claim",
            ["patient"] = Reference("Patient", state.Registration!.PatientId),
            ["created"] = at,
            ["insurer"] = Insurer(insured),
            ["requestor"] = Organization(state.Request!.InstitutionCode),
            ["request"] = Reference("Claim", id("Claim")),
            ["outcome"] = "complete",
            ["total"] = new JsonArray(
                Part(Coded(Adjudication, "submitted"), split.Total), Part(Coded(PartSystem, "fund"), split.Fund), Part(Coded(PartSystem, "account"), split.Account), Part(Coded(PartSystem, "self"), split.Self)),
            ["payment"] = new JsonObject
            {
                ["type"] = Coded("http://terminology.hl7.org/CodeSystem/ex-paymenttype", "complete"),
                ["date"] = at[..10],
                ["amount"] = Money(split.Fund + split.Account),
            },
        };
    }

    /// <summary>The national code, and the institution's own where the line was mapped.</summary>
    public static JsonArray Codings(string institutionCode, FeeLine line)
    {
        var codings = new JsonArray(new JsonObject { ["system"] = FeeLine.IsNational(line.Code) ? "urn:health:nhsa:catalogue" : Local(institutionCode), ["code"] = line.Code });
        if (line.LocalCode is { } local) codings.Add(new JsonObject { ["system"] = Local(institutionCode), ["code"] = local });
        return codings;
    }

    private static string Local(string institutionCode) => $"urn:health:institution:{institutionCode}:fee-item";

    private static JsonObject Benefit(string part, Fen amount) => new()
    {
        ["category"] = Coded(PartSystem, part),
        ["benefit"] = new JsonArray(new JsonObject { ["type"] = Coded("http://terminology.hl7.org/CodeSystem/benefit-type", "benefit"), ["allowedMoney"] = Money(amount) }),
    };

    private static JsonObject Part(JsonObject category, Fen amount) => new() { ["category"] = category, ["amount"] = Money(amount) };

    private static JsonObject ClaimType() => Coded("http://terminology.hl7.org/CodeSystem/claim-type", "professional");
}
