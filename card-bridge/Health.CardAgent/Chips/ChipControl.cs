using Health.Cards;

namespace Health.CardAgent.Chips;

/// <summary>
/// The hand that inserts and pulls the virtual chip, over HTTP, for tests and the demo (Development only). Images are named by file name
/// inside one folder.
/// </summary>
public static class ChipControl
{
    /// <param name="Image">File name of the image.</param>
    public sealed record InsertBody(string Image);

    /// <param name="Instruction">INS in hexadecimal (<c>54</c> is DEBIT); null: any command.</param>
    public sealed record TearBody(TearPoint Point, string? Instruction, int Skip, int AnswerBytes);

    public sealed record ChipState(bool Present, string? ChipSerial, long? BalanceFen, TearPlan? Tear);

    public static void Map(IEndpointRouteBuilder routes, IVirtualChip chip, string folder)
    {
        var group = routes.MapGroup("/chip");
        group.MapGet("", () => State(chip));
        group.MapPost("/insert", async (InsertBody body, CancellationToken ct) =>
        {
            var path = Path.Combine(folder, Path.GetFileName(body.Image));
            if (!File.Exists(path)) return Results.Problem($"There is no image {Path.GetFileName(body.Image)} in the chip folder.", statusCode: 404);
            await chip.Insert(path, ct);
            return Results.Ok(State(chip));
        });
        group.MapPost("/remove", async (CancellationToken ct) =>
        {
            await chip.Remove(ct);
            return Results.Ok(State(chip));
        });
        group.MapPost("/tear", (TearBody body) =>
        {
            if (chip.Card is not { } card) return Results.Problem("No chip was inserted yet.", statusCode: 409);
            card.Tear = new TearPlan(body.Point, body.Instruction is { } ins ? Convert.ToByte(ins, 16) : null, body.Skip, body.AnswerBytes);
            return Results.Ok(State(chip));
        });
    }

    private static ChipState State(IVirtualChip chip) => new(chip.Present, chip.Card?.ChipSerial, chip.Card?.BalanceFen, chip.Card?.Tear);
}
