using Health.CardBridge.Issuing;
using Health.CardBridge.Settlements;
using Health.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Health.CardBridge.Doors;

/// <summary>Issuing, loss and the work list. A card is named by its id (it may stand in a log) or by its number (it should not).</summary>
public static class OperatorDoor
{
    public sealed record OrderBody(string? IdNumber, string? InstitutionCode, string? Name, string? Nation, string? DivisionCode, string? PurseNo, long PurseBalanceFen = 0);

    public static void Map(IEndpointRouteBuilder routes)
    {
        var office = routes.Card(CardDoor.OperatorRole);
        office.MapPost("/cards", Issue);
        office.MapGet("/cards/{card}", Show);
        office.MapPost("/cards/{card}/loss", ReportLoss);
        office.MapPut("/catalogue/{institutionCode}", LoadCatalogue);
        office.MapGet("/worklist", async (WorkList list, CancellationToken ct) => Results.Ok(await list.Read(ct)));
    }

    private static async Task<IResult> Issue(OrderBody body, CardIssuer issuer, HttpContext http, CancellationToken ct)
    {
        if (CardDoor.Check(CardDoor.Text(body.IdNumber, "idNumber"), CardDoor.Code(body.InstitutionCode, "institutionCode")) is { } wrong) return CardDoor.Problem(wrong);
        if (body.Name is { } name && CardDoor.Check(CardDoor.Text(name, "name")) is { } badName) return CardDoor.Problem(badName);
        if (body.DivisionCode is { } division && CardDoor.Check(CardDoor.Digits(division, 6, "divisionCode")) is { } badDivision) return CardDoor.Problem(badDivision);
        if (body.Nation is { } nation && CardDoor.Check(CardDoor.Digits(nation, 2, "nation")) is { } badNation) return CardDoor.Problem(badNation);
        var order = new CardOrder(body.IdNumber!, body.InstitutionCode!, body.Name, body.Nation, body.DivisionCode, body.PurseNo, body.PurseBalanceFen);
        var (card, refusal) = await issuer.Issue(order, http.Who(), ct);
        return refusal is not null ? CardDoor.Problem(refusal) : Results.Ok(card);
    }

    private static async Task<IResult> Show(string card, CardIssuer issuer, CardLog cards, IAuditTrail audit, TimeProvider clock, HttpContext http, CancellationToken ct)
    {
        var cardId = IdOf(card, cards);
        if (await issuer.Find(cardId, ct) is not { } found) return CardDoor.Problem(Refusal.NotFound("There is no such card."));
        var who = http.Who();
        await audit.Record(new AuditFact(Guid.CreateVersion7(), clock.GetUtcNow(), "R", "card-read", 0, who.Actor, who.ClientId, who.InstitutionCode, PurposeOfUse.HOPERAT, who.RequestId)
        {
            ResidentId = found.ResidentId, Target = CardLog.StreamOf(cardId),
        }, ct);
        return Results.Ok(found);
    }

    private static async Task<IResult> ReportLoss(string card, CardIssuer issuer, CardLog cards, HttpContext http, CancellationToken ct)
    {
        var (state, refusal) = await issuer.ReportLoss(IdOf(card, cards), http.Who(), ct);
        return refusal is not null ? CardDoor.Problem(refusal) : Results.Ok(new { state = state!.Stage.ToString().ToLowerInvariant() });
    }

    /// <summary>Replaces an institution's mappings of fee codes by those of a CSV file (<see cref="CatalogueFile"/>). Names no person.</summary>
    private static async Task<IResult> LoadCatalogue(string institutionCode, FeeCatalogue catalogue, IDirectory directory, HttpContext http, CancellationToken ct)
    {
        if (await directory.FindInstitution(institutionCode, ct) is null) return CardDoor.Problem(Refusal.Unprocessable("The institution is not in the register.", "institutionCode"));
        if (http.Request.ContentLength is not (> 0 and <= CatalogueFile.MaxBytes)) return CardDoor.Problem(Refusal.TooCostly($"A file of at most {CatalogueFile.MaxBytes} bytes, with its length, is wanted."));
        using var text = new StreamReader(http.Request.Body, System.Text.Encoding.UTF8);
        var (entries, refusal) = CatalogueFile.Read(await text.ReadToEndAsync(ct));
        if (refusal is not null) return CardDoor.Problem(refusal);
        await catalogue.Replace(institutionCode, entries, ct);
        return Results.Ok(new { institutionCode, mappings = entries.Count });
    }

    private static string IdOf(string card, CardLog cards) => card.Length == 18 ? cards.IdOf(card) : card;
}
