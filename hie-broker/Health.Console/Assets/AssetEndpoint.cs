using System.Collections.Frozen;
using System.IO.Compression;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;

namespace Health.Console.Assets;

/// <summary>GET /console/assets/{name}: the style sheets and scripts of the pages, out of this assembly. Nothing is loaded from elsewhere.</summary>
internal static class AssetEndpoint
{
    private sealed record Asset(byte[] Plain, byte[] Compressed, string Type, string Tag);

    private static readonly Lazy<FrozenDictionary<string, Asset>> Assets = new(Load);

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/console/assets/{name}", Serve).AllowAnonymous();

    private static IResult Serve(string name, HttpContext http)
    {
        if (!Assets.Value.TryGetValue(name, out var asset)) return Results.NotFound();
        http.Response.Headers.CacheControl = "no-cache";
        http.Response.Headers.Vary = HeaderNames.AcceptEncoding;
        var compressed = http.Request.Headers.AcceptEncoding.ToString().Contains("br", StringComparison.Ordinal);
        if (compressed) http.Response.Headers.ContentEncoding = "br";
        return Results.Bytes(compressed ? asset.Compressed : asset.Plain, asset.Type, entityTag: new EntityTagHeaderValue($"\"{asset.Tag}{(compressed ? "-br" : "")}\""));
    }

    private static FrozenDictionary<string, Asset> Load()
    {
        const string Prefix = "assets/";
        var assembly = typeof(AssetEndpoint).Assembly;
        return assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).ToFrozenDictionary(name => name[Prefix.Length..], name =>
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            var type = name.EndsWith(".css", StringComparison.Ordinal) ? "text/css; charset=utf-8" : "text/javascript; charset=utf-8";
            return new Asset(bytes, Compress(bytes), type, Convert.ToHexStringLower(SHA256.HashData(bytes))[..16]);
        });
    }

    private static byte[] Compress(byte[] bytes)
    {
        using var target = new MemoryStream();
        using (var brotli = new BrotliStream(target, CompressionLevel.Fastest)) brotli.Write(bytes);
        return target.ToArray();
    }
}
