using Health.CardBridge.Issuing;
using Health.CardBridge.Issuing.Batches;
using Health.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Health.CardBridge.Doors;

/// <summary>Life cycle of cards and batches. A loss is taken at any hour: nothing here knows office hours.</summary>
public static class LifeDoor
{
    /// <summary>Orders over HTTP; more of them go through <c>./health cards issue --batch</c>, which needs no upload.</summary>
    public const int MaxOrdersBytes = 16 << 20;

    public sealed record ReasonBody(string? Reason);

    public sealed record ReplaceBody(string? OldChipSerial);

    public sealed record HotlineBody(string? IdNumber);

    public static void Map(IEndpointRouteBuilder routes)
    {
        var office = routes.Card(CardDoor.OperatorRole);
        office.MapPost("/loss-hotline", Hotline);
        office.MapPost("/cards/{card}/loss", (string card, CardActs acts, CardLog cards, HttpContext http, CancellationToken ct) => Answer(acts.ReportLoss(OperatorDoor.IdOf(card, cards), http.Who(), ct)));
        office.MapPost("/cards/{card}/found", (string card, CardActs acts, CardLog cards, HttpContext http, CancellationToken ct) => Answer(acts.Found(OperatorDoor.IdOf(card, cards), http.Who(), ct)));
        office.MapPost("/cards/{card}/unlock", (string card, CardActs acts, CardLog cards, HttpContext http, CancellationToken ct) => Answer(acts.Unlock(OperatorDoor.IdOf(card, cards), http.Who(), ct)));
        office.MapPost("/cards/{card}/destruction", (string card, CardActs acts, CardLog cards, HttpContext http, CancellationToken ct) => Answer(acts.Destroy(OperatorDoor.IdOf(card, cards), http.Who(), ct)));
        office.MapPost("/cards/{card}/lock", (string card, ReasonBody body, CardActs acts, CardLog cards, HttpContext http, CancellationToken ct) =>
            WithReason(body, reason => acts.Lock(OperatorDoor.IdOf(card, cards), reason, http.Who(), ct)));
        office.MapPost("/cards/{card}/cancel", (string card, ReasonBody body, CardActs acts, CardLog cards, HttpContext http, CancellationToken ct) =>
            WithReason(body, reason => acts.Cancel(OperatorDoor.IdOf(card, cards), reason, http.Who(), ct)));
        office.MapPost("/cards/{card}/replacement", Replace);
        office.MapPost("/batches", MakeBatch).WithMetadata(new Microsoft.AspNetCore.Mvc.RequestSizeLimitAttribute(MaxOrdersBytes));
        office.MapGet("/batches/{batchId}", Show);
        office.MapPost("/batches/{batchId}/parts/{part:int}/personalised", Personalised);
    }

    /// <summary>By ID number in the body, so that it stands in no log of addresses.</summary>
    private static async Task<IResult> Hotline(HotlineBody body, CardActs acts, CardLog cards, HttpContext http, CancellationToken ct) =>
        ResidentIdNumber.TryParse(body.IdNumber, out var number)
            ? await Answer(acts.ReportLoss(cards.IdOf(number.Value), http.Who(), ct))
            : CardDoor.Problem(Refusal.Unprocessable("idNumber: no valid resident ID number.", "idNumber"));

    private static async Task<IResult> Replace(string card, ReplaceBody body, CardReplacer replacer, CardLog cards, HttpContext http, CancellationToken ct)
    {
        if (CardDoor.Check(CardDoor.ChipSerial(body.OldChipSerial)) is { } wrong) return CardDoor.Problem(wrong with { Expression = "oldChipSerial" });
        var (issued, refusal) = await replacer.Replace(OperatorDoor.IdOf(card, cards), body.OldChipSerial!, http.Who(), ct);
        return refusal is not null ? CardDoor.Problem(refusal) : Results.Ok(issued);
    }

    /// <summary>Orders as text/csv in the body; the same orders again give the same batch and make nothing twice. Part files stay at the platform, in its folder <c>batches</c>.</summary>
    private static async Task<IResult> MakeBatch(CardBatches batches, NodeIdentity node, HttpContext http, CancellationToken ct)
    {
        var incoming = Path.Combine(Directory.CreateDirectory(Path.Combine(node.DataFolder, "batches")).FullName, $"{Guid.CreateVersion7():N}.incoming");
        await using (var file = File.Create(incoming)) await http.Request.Body.CopyToAsync(file, ct);
        var folder = Directory.CreateDirectory(Path.Combine(node.DataFolder, "batches", BatchRun.IdOf(await BatchRun.Sm3Of(incoming, ct)))).FullName;
        var orders = Path.Combine(folder, "orders.csv");
        File.Move(incoming, orders, overwrite: true);
        try
        {
            return Results.Ok(await batches.Make(new BatchRequest(orders, folder, Resume: true), http.Who().Actor, _ => { }, ct));
        }
        catch (OrdersMalformedException malformed)
        {
            return CardDoor.Problem(Refusal.Unprocessable(malformed.Message, "header"));
        }
        catch (BatchRefusedException refused)
        {
            return CardDoor.Problem(Refusal.Conflict(refused.Message));
        }
    }

    private static async Task<IResult> Show(string batchId, BatchStore store, CancellationToken ct)
    {
        if (await store.Find(batchId, ct) is not { } found) return CardDoor.Problem(Refusal.NotFound("There is no such batch."));
        var parts = await store.Parts(batchId, ct);
        return Results.Ok(new { found.Plan.BatchId, found.Plan.Kind, parts = parts.Count, cards = parts.Values.Sum(part => (long)part.Cards), rejected = parts.Values.Sum(part => (long)part.Rejected), manifestSm3 = found.Manifest });
    }

    private static async Task<IResult> Personalised(string batchId, int part, BatchStore store, NodeIdentity node, HttpContext http, CancellationToken ct)
    {
        var header = new EventHeader(node.NodeId, http.Who().Actor, PurposeOfUse.HOPERAT, CardBridgeModule.Source, http.Who().RequestId);
        return await store.Personalised(batchId, part, header, ct) is { } refusal ? CardDoor.Problem(refusal) : Results.Ok(new { batchId, part, state = "personalised" });
    }

    private static async Task<IResult> WithReason(ReasonBody body, Func<string, Task<(CardState? State, Refusal? Refusal)>> act) =>
        CardDoor.Check(CardDoor.Text(body.Reason, "reason")) is { } wrong ? CardDoor.Problem(wrong) : await Answer(act(body.Reason!));

    private static async Task<IResult> Answer(Task<(CardState? State, Refusal? Refusal)> act)
    {
        var (state, refusal) = await act;
        return refusal is not null ? CardDoor.Problem(refusal) : Results.Ok(new { state = state!.Stage.ToString().ToLowerInvariant(), state.ChipSerial });
    }
}
