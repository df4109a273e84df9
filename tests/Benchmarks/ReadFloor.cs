using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Health.Benchmarks;

/// <summary>The least a read over HTTP costs here: a bare Kestrel endpoint that answers with one indexed SELECT, nothing else.</summary>
public sealed class ReadFloor : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly HttpClient http;

    private ReadFloor(WebApplication app) => (this.app, http) = (app, new HttpClient { BaseAddress = new Uri(app.Urls.First()) });

    public static async Task<ReadFloor> Start(NpgsqlDataSource database)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapGet("/rows/{id:long}", async (long id, HttpContext context) =>
        {
            await using var select = database.CreateCommand(Floor.SelectSql);
            select.Parameters.Add(new NpgsqlParameter<long> { TypedValue = id });
            var body = (byte[])(await select.ExecuteScalarAsync(context.RequestAborted))!;
            context.Response.ContentLength = body.Length;
            await context.Response.Body.WriteAsync(body, context.RequestAborted);
        });
        await app.StartAsync();
        return new ReadFloor(app);
    }

    public int Port => new Uri(app.Urls.First()).Port;

    /// <summary>Address of one of the rows.</summary>
    public static string Path(int number) => $"/rows/{(uint)number % Floor.Rows + 1}";

    public Task<Measured> Reads(int clients) => Load.Run(clients, _ => Task.FromResult<Func<int, Task>>(async number =>
    {
        using var answer = await http.GetAsync($"/rows/{number % Floor.Rows + 1}");
        answer.EnsureSuccessStatusCode();
        await answer.Content.ReadAsByteArrayAsync();
    }));

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await app.DisposeAsync();
    }
}
