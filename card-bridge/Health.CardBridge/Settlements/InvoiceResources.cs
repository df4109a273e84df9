using System.Text.Json.Nodes;
using Health.CardBridge.Payers;
using Health.Contracts;
using static Health.CardBridge.Settlements.VisitResources;

namespace Health.CardBridge.Settlements;

/// <summary>The money's side of a settled visit: the receipt as an Invoice, its red reversal as another, and word of the insurer's payment. Pure.</summary>
public static class InvoiceResources
{
    public const string ReceiptSystem = "urn:health:card-bridge:receipt";

    /// <summary>The receipt; reversed: the red one, with every amount negative, that names what it undoes.</summary>
    public static JsonObject Invoice(SettlementState state, IReadOnlyList<FeeLine> lines, bool reversed)
    {
        Fen Signed(Fen fen) => reversed ? -fen : fen;
        var split = state.Settled!;
        JsonObject Component(string part, Fen amount) => new() { ["type"] = "informational", ["code"] = Coded(ClaimResources.PartSystem, part), ["amount"] = Money(Signed(amount)) };
        var invoice = new JsonObject
        {
            ["identifier"] = new JsonArray(Identifier(ReceiptSystem, reversed ? ReceiptNumbers.Red(state) : state.ReceiptNumber!)),
            ["status"] = reversed ? "issued" : "balanced",
            ["type"] = new JsonObject { ["text"] = reversed ? "红字收据" : "收据" },
            ["subject"] = Reference("Patient", state.Registration!.PatientId),
            ["date"] = ChinaTime.Fhir(reversed ? state.Reversal!.At : state.SettledAt),
            ["issuer"] = Organization(state.Request!.InstitutionCode),
            ["lineItem"] = new JsonArray([.. lines.Select((line, index) => new JsonObject
            {
                ["sequence"] = index + 1,
                ["chargeItemCodeableConcept"] = new JsonObject { ["coding"] = ClaimResources.Codings(state.Request.InstitutionCode, line), ["text"] = line.Name },
                ["priceComponent"] = new JsonArray(new JsonObject { ["type"] = "base", ["factor"] = line.Quantity, ["amount"] = Money(Signed(new Fen(line.AmountFen))) }),
            })]),
            ["totalPriceComponent"] = new JsonArray(
            [
                Component("fund", split.Fund), Component("account", split.Account), Component("self", split.Self),
                .. state.Legs.Where(leg => leg.State != LegState.Planned).Select(leg => Component($"self-{leg.Kind.Text()}", new Fen(leg.AmountFen))),
            ]),
            ["totalGross"] = Money(Signed(split.Total)),
        };
        if (reversed) invoice["note"] = new JsonArray(new JsonObject { ["text"] = $"冲销 {state.ReceiptNumber}" });
        return invoice;
    }

    /// <summary>What the insurer owes the institution of this visit; the day's reconciliation settles it.</summary>
    public static JsonObject Payment(SettlementState state, InsuredVisit insured, Func<string, string> id) => new()
    {
        ["identifier"] = new JsonArray(Identifier(SettlementSystem, state.Request!.VisitTx)),
        ["status"] = "active",
        ["request"] = Reference("Claim", id("Claim")),
        ["response"] = Reference("ClaimResponse", id("ClaimResponse")),
        ["created"] = ChinaTime.Fhir(state.SettledAt),
        ["provider"] = Organization(state.Request.InstitutionCode),
        ["payment"] = new JsonObject { ["identifier"] = Identifier("urn:health:card-bridge:day", $"{state.Request.InstitutionCode}|{ChinaTime.DayOf(state.SettledAt):yyyy-MM-dd}") },
        ["paymentDate"] = ChinaTime.Fhir(state.SettledAt)[..10],
        ["payee"] = Organization(state.Request.InstitutionCode),
        ["recipient"] = Organization(state.Request.InstitutionCode),
        ["amount"] = Money(state.Settled!.Fund + state.Settled.Account),
        ["paymentStatus"] = Coded("http://terminology.hl7.org/CodeSystem/paymentstatus", "paid"),
    };
}
