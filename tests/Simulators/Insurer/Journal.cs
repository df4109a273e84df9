using System.Text.Json;

namespace Health.Simulators.Insurer;

/// <summary>
/// Every request that was carried out, one JSON line each, appended before it is answered. The rules are deterministic, so reading the journal
/// again after a restart rebuilds the books.
/// </summary>
public sealed class Journal(string? path)
{
    /// <summary>Not a transaction of the interface: a change told through /control/catalogue.</summary>
    public const string CatalogueChange = "catalogue";

    public sealed record Line(DateTimeOffset At, string Infno, string Msgid, string Institution, JsonElement Input);

    public IEnumerable<Line> Lines() =>
        path is null || !File.Exists(path) ? [] : File.ReadLines(path).Where(text => text.EndsWith('}')).Select(text => JsonSerializer.Deserialize<Line>(text)!);

    public void Append(DateTimeOffset at, Envelope request)
    {
        if (path is null) return;
        File.AppendAllText(path, JsonSerializer.Serialize(new Line(at, request.Infno, request.Msgid, request.Institution, request.Input)) + "\n");
    }
}
