using Health.Simulators.Hospital.Messages;

namespace Health.Simulators.Hospital.Mllp;

public sealed record SendRequest(string Host, int Port, string? Text, string? Base64, string? Charset, Faults? Faults);

internal static class MllpEndpoints
{
    public static void Map(WebApplication app)
    {
        app.MapPost("/mllp/send", (SendRequest request, MllpSender sender, CancellationToken ct) =>
            Answer(async () => await sender.Send("send", Message(request), request.Host, request.Port, request.Faults, ct)));
        app.MapPost("/scenarios/{name}", (string name, ScenarioRequest request, MllpSender sender, TimeProvider clock, CancellationToken ct) =>
            Answer(async () => await sender.Send(name, Scenarios.Build(name, request, clock), request.Host, request.Port, request.Faults, ct)));
        app.MapGet("/scenarios", () => Results.Ok(new { names = Scenarios.Names, example = ScenarioRequest.Example }));
        app.MapGet("/journal", (string? controlId, Journal journal) => Results.Ok(journal.Read(controlId)));
        app.MapDelete("/journal", (Journal journal) =>
        {
            journal.Clear();
            return Results.NoContent();
        });
    }

    private static OutgoingMessage Message(SendRequest request)
    {
        var charset = request.Charset ?? "UTF-8";
        if (request.Base64 is { } base64) return OutgoingMessage.FromBytes(Convert.FromBase64String(base64), charset);
        return OutgoingMessage.FromText(request.Text ?? throw new BadRequestException("text or base64 is needed"), charset);
    }

    private static async Task<IResult> Answer(Func<Task<JournalEntry>> send)
    {
        try
        {
            return Results.Ok(await send());
        }
        catch (Exception e) when (e is BadRequestException or FormatException)
        {
            return Results.BadRequest(new { error = e.Message });
        }
    }
}
