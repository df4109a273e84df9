using System.Net.Sockets;
using Health.Contracts;

namespace Health.Fhir.Bulk;

/// <summary>
/// Where inputs may come from: addresses an operator of the machine listed, and files of the import folder (<c>file:NAME</c>). Redirects are
/// off and symbolic links are not followed out of the folder.
/// </summary>
public sealed class ImportSource(BulkOptions options) : IDisposable
{
    private const string FileScheme = "file:";
    private const int Attempts = 3;

    private readonly HttpClient http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false, ConnectTimeout = TimeSpan.FromSeconds(10) }) { Timeout = Timeout.InfiniteTimeSpan };

    public Refusal? Check(string? url)
    {
        if (url is null) return Refusal.Invalid("An input has a url.");
        if (url.StartsWith(FileScheme, StringComparison.Ordinal)) return FileOf(url) is null ? Refusal.Invalid("A file: input names a file inside the import folder of the server, such as file:patients.ndjson.") : null;
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.UserInfo.Length > 0) return Refusal.Invalid("The url is not absolute.");
        return options.ImportSources.Any(allowed => IsBelow(uri, allowed)) ? null : Refusal.Forbidden("This address is not among those an operator allowed (Health:Fhir:Bulk:ImportSources).");
    }

    /// <exception cref="BulkFaultException">It cannot be had.</exception>
    public async Task Fetch(string url, Func<Stream, Task> take, CancellationToken ct)
    {
        if (Check(url) is { } refusal) throw new BulkFaultException(refusal.Diagnostics);
        if (FileOf(url) is { } path)
        {
            if (!File.Exists(path)) throw new BulkFaultException($"{url} does not exist in the import folder.");
            await using var file = File.OpenRead(path);
            await take(file);
            return;
        }

        for (var attempt = 1; !await IsFetched(url, take, attempt, ct); attempt++) { }
    }

    /// <summary>False when the connection failed or broke off and it is worth another try: from the beginning, since the half of a file is none.</summary>
    private async Task<bool> IsFetched(string url, Func<Stream, Task> take, int attempt, CancellationToken ct)
    {
        try
        {
            using var answer = await http.GetAsync(new Uri(url), HttpCompletionOption.ResponseHeadersRead, ct);
            if (!answer.IsSuccessStatusCode) throw new BulkFaultException($"{url} answered {(int)answer.StatusCode}.");
            await using var body = await answer.Content.ReadAsStreamAsync(ct);
            await take(body);
            return true;
        }
        catch (Exception e) when (e is HttpRequestException or HttpIOException or IOException { InnerException: SocketException })
        {
            // Other jobs wait behind this one, so it ends some time.
            return attempt < Attempts ? false : throw new BulkFaultException($"{url} could not be fetched in {Attempts} attempts: the connection failed or broke off.");
        }
    }

    public void Dispose() => http.Dispose();

    private string? FileOf(string url)
    {
        if (!url.StartsWith(FileScheme, StringComparison.Ordinal)) return null;
        var name = url[FileScheme.Length..].TrimStart('/');
        if (name.Length == 0 || name.Contains('\0')) return null;
        var path = Path.GetFullPath(Path.Combine(options.ImportFolder, name));
        if (!IsInside(path)) return null;
        // A link inside the folder may point anywhere: every step of the way is looked at.
        for (var step = path; step.Length > options.ImportFolder.Length; step = Path.GetDirectoryName(step)!)
            if (new FileInfo(step).LinkTarget is not null) return null;
        return path;
    }

    private bool IsInside(string path) => path.StartsWith(options.ImportFolder.TrimEnd('/') + "/", StringComparison.Ordinal);

    private static bool IsBelow(Uri uri, Uri allowed) =>
        uri.Scheme == allowed.Scheme && uri.Host == allowed.Host && uri.Port == allowed.Port
        && (uri.AbsolutePath == allowed.AbsolutePath || uri.AbsolutePath.StartsWith(allowed.AbsolutePath.TrimEnd('/') + "/", StringComparison.Ordinal));
}
