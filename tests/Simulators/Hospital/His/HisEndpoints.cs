using System.Text.Json;
using Npgsql;

namespace Health.Simulators.Hospital.His;

internal static class HisEndpoints
{
    private static readonly TimeSpan LongestHold = TimeSpan.FromMinutes(5);

    public static void Map(WebApplication app)
    {
        app.MapPost("/his/admissions", Save);
        app.MapGet("/his/admissions", async (HisDatabase his, CancellationToken ct) => Results.Ok(await his.Read(ct)));
        app.MapDelete("/his/admissions/{visitNo}", async (string visitNo, HisDatabase his, CancellationToken ct) =>
            await his.Delete(visitNo, ct) ? Results.NoContent() : Results.NotFound());
    }

    private static async Task<IResult> Save(JsonElement body, int? holdMilliseconds, HisDatabase his, TimeProvider clock, CancellationToken ct)
    {
        try
        {
            var rows = body.ValueKind == JsonValueKind.Array
                ? body.Deserialize<Admission[]>(JsonSerializerOptions.Web)!
                : [body.Deserialize<Admission>(JsonSerializerOptions.Web)!];
            if (rows.Any(row => string.IsNullOrEmpty(row.VisitNo))) return Results.BadRequest(new { error = "visitNo is needed" });
            var hold = TimeSpan.FromMilliseconds(holdMilliseconds ?? 0);
            if (hold < TimeSpan.Zero || hold > LongestHold) return Results.BadRequest(new { error = "holdMilliseconds is between 0 and 300000" });
            return Results.Ok(new { pk = await his.Save(rows, hold, clock, ct) });
        }
        catch (Exception e) when (e is JsonException or PostgresException)
        {
            return Results.BadRequest(new { error = e.Message });
        }
    }
}
