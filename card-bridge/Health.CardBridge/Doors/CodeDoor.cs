using Health.CardBridge.Issuing;
using Health.CardBridge.Registrations;
using Health.Cards;
using Health.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Health.CardBridge.Doors;

/// <summary>The electronic health card: issued to residents without plastic, shown as a code, read at the desk.</summary>
public static class CodeDoor
{
    public const string ResidentRole = "resident";

    public sealed record ElectronicBody(string? IdNumber, string? InstitutionCode, string? Name);

    public sealed record CodeBody(string? IdNumber, string? CardId, string? Kind);

    public static void Map(IEndpointRouteBuilder routes)
    {
        var office = routes.Card(CardDoor.OperatorRole);
        office.MapPost("/electronic", Issue);
        office.MapPost("/codes", Show);
        routes.Card(ResidentRole).MapPost("/codes/mine", ShowMine);
        routes.Card(CardDoor.DeskRole).MapPost("/taps/qr", Tap);
    }

    /// <summary>An electronic card for a known resident; when there is a card already, that one.</summary>
    private static async Task<IResult> Issue(ElectronicBody body, CardIssuer issuer, HttpContext http, CancellationToken ct)
    {
        if (CardDoor.Check(CardDoor.Text(body.IdNumber, "idNumber"), CardDoor.Code(body.InstitutionCode, "institutionCode")) is { } wrong) return CardDoor.Problem(wrong);
        if (body.Name is { } name && CardDoor.Check(CardDoor.Text(name, "name")) is { } badName) return CardDoor.Problem(badName);
        var (card, refusal) = await issuer.Issue(new CardOrder(body.IdNumber!, body.InstitutionCode!, body.Name, null, null, null, 0), electronic: true, http.Who(), ct);
        return refusal is not null ? CardDoor.Problem(refusal) : Results.Ok(card);
    }

    private static async Task<IResult> Show(CodeBody body, CodeTaps codes, CardLog cards, HttpContext http, CancellationToken ct)
    {
        if (body.Kind is not (null or "dynamic" or "static")) return CardDoor.Problem(Refusal.Unprocessable("kind: dynamic or static.", "kind"));
        var cardId = body.CardId;
        if (cardId is null && ResidentIdNumber.TryParse(body.IdNumber, out var number)) cardId = cards.IdOf(number.Value);
        if (cardId is null || CardDoor.Check(CardDoor.Code(cardId, "cardId")) is not null) return CardDoor.Problem(Refusal.Unprocessable("cardId or idNumber: which card.", "cardId"));
        return Answer(await codes.Issue(cardId, body.Kind == "static" ? HealthCodeKind.Static : HealthCodeKind.Dynamic, http.Who(), ct));
    }

    /// <summary>For the portal: a dynamic code of the resident the token is for.</summary>
    private static async Task<IResult> ShowMine(CodeTaps codes, HttpContext http, CancellationToken ct)
    {
        if (http.Who().ResidentId is not { } resident) return CardDoor.Problem(Refusal.Forbidden("The token names no resident."));
        return await codes.CardOf(resident, ct) is { } cardId
            ? Answer(await codes.Issue(cardId, HealthCodeKind.Dynamic, http.Who(), ct))
            : CardDoor.Problem(Refusal.NotFound("There is no card."));
    }

    private static async Task<IResult> Tap(CodeTapRequest tap, CodeTaps codes, HttpContext http, CancellationToken ct)
    {
        if (CardDoor.Check(CardDoor.Code(tap.DeskId, "deskId")) is { } wrong) return CardDoor.Problem(wrong);
        if (tap.TapId is { } tapId && CardDoor.Check(CardDoor.Code(tapId, "tapId")) is { } badTap) return CardDoor.Problem(badTap);
        var (answer, refusal) = await codes.Tap(tap, http.Who(), ct);
        return refusal is not null ? CardDoor.Problem(refusal) : Results.Ok(answer);
    }

    private static IResult Answer((ShownCode? Code, Refusal? Refusal) result) => result.Refusal is { } refusal ? CardDoor.Problem(refusal) : Results.Ok(result.Code);
}
