using Npgsql;

namespace Health.Host.Observability;

/// <summary><c>/health/live</c>: the process answers. <c>/health/ready</c>: it can also reach its database.</summary>
public static class Probes
{
    public static void Map(WebApplication app)
    {
        app.MapGet("/health/live", () => Results.Text("live")).AllowAnonymous();
        app.MapGet("/health/ready", Ready).AllowAnonymous();
    }

    private static async Task<IResult> Ready(NpgsqlDataSource database, CancellationToken ct)
    {
        try
        {
            await using var command = database.CreateCommand("select 1");
            command.CommandTimeout = 2;
            await command.ExecuteScalarAsync(ct);
            return Results.Text("ready");
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            return Results.Text("the database does not answer", statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }
}
