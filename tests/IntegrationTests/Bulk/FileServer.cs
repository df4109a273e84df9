using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Health.IntegrationTests.Bulk;

/// <summary>A server of another house that offers files, and can break off in the middle of one or send elsewhere.</summary>
public sealed class FileServer : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ConcurrentDictionary<string, byte[]> files = new();
    private readonly ConcurrentDictionary<string, string> redirects = new();
    private readonly ConcurrentDictionary<string, int> cuts = new();
    private readonly ConcurrentQueue<string> asked = new();

    private FileServer(WebApplication app) => this.app = app;

    public string Url { get; private set; } = "";

    /// <summary>Paths in the order they were asked for.</summary>
    public IReadOnlyList<string> Asked => [.. asked];

    public static async Task<FileServer> Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var server = new FileServer(builder.Build());
        server.app.Urls.Add("http://127.0.0.1:0");
        server.app.Run(server.Handle);
        await server.app.StartAsync();
        server.Url = server.app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return server;
    }

    public void Put(string path, string text) => files[path] = Encoding.UTF8.GetBytes(text);

    public void Redirect(string path, string to) => redirects[path] = to;

    /// <summary>The next answers with this file break off in its middle.</summary>
    public void Cut(string path, int times) => cuts[path] = times;

    public async ValueTask DisposeAsync() => await app.DisposeAsync();

    private async Task Handle(HttpContext http)
    {
        var path = http.Request.Path.Value!;
        asked.Enqueue(path);
        if (redirects.TryGetValue(path, out var to)) http.Response.Redirect(to);
        else if (!files.TryGetValue(path, out var bytes)) http.Response.StatusCode = 404;
        else
        {
            var isCut = cuts.TryGetValue(path, out var left) && left > 0;
            if (isCut) cuts[path] = left - 1;
            http.Response.ContentLength = bytes.Length;
            await http.Response.Body.WriteAsync(isCut ? bytes.AsMemory(0, bytes.Length / 2) : bytes);
            await http.Response.Body.FlushAsync();
            if (isCut) http.Abort();
        }
    }
}
