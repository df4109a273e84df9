using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Health.Contracts;

namespace Health.Fhir.Records;

/// <summary>
/// References inside a transaction: fullUrls of its entries become <c>Type/id</c>, conditional references (<c>Patient?identifier=…</c>)
/// become the one match. http://hl7.org/fhir/R4/http.html#trules
/// </summary>
internal static partial class ReferenceResolution
{
    internal sealed record Unresolved(Refusal Refusal, int Index);

    private static readonly string[] Elements = ["reference", "url", "valueUri", "valueUrl", "valueCanonical", "valueUuid"];

    [GeneratedRegex(@"^([A-Z][A-Za-z]{1,63})\?(.+)$", RegexOptions.CultureInvariant, 200)]
    private static partial Regex Conditional();

    public static async Task<Unresolved?> Run(WriteUnit unit, ResolvedWrite[] writes, RecordTransaction transaction, CancellationToken ct)
    {
        var targets = new Dictionary<string, string>();
        for (var i = 0; i < writes.Length; i++)
        {
            if (unit.Writes[i].FullUrl is { } url) Note(targets, url, writes[i].Write);
        }

        for (var i = 0; i < writes.Length; i++)
        {
            if (writes[i].IsSettled || writes[i].Write.Json.IsEmpty) continue;
            var found = Find(writes[i].Write.Json.Span, targets);
            for (var j = 0; j < found.Count; j++)
            {
                if (found[j].Target is not null) continue;
                var match = Conditional().Match(found[j].Text);
                if (!targets.TryGetValue(found[j].Text, out var target))
                {
                    if (transaction.Check(match.Groups[1].Value, match.Groups[2].Value) is { } unclear) return new Unresolved(unclear, i);
                    var ids = await transaction.Match(unit.Visible, match.Groups[1].Value, match.Groups[2].Value, ct);
                    if (ids.Count != 1)
                        return new Unresolved(new Refusal(412, ids.Count == 0 ? "not-found" : "multiple-matches", $"The conditional reference to {match.Groups[1].Value} matches {(ids.Count == 0 ? "nothing" : "more than one resource")}."), i);
                    targets[found[j].Text] = target = $"{match.Groups[1].Value}/{ids[0]}";
                }

                found[j] = found[j] with { Target = target };
            }

            if (found.Count > 0) writes[i] = writes[i] with { Write = writes[i].Write with { Json = Apply(writes[i].Write.Json.Span, found) } };
        }

        return null;
    }

    /// <summary>
    /// The unit with the references resolved that lead to entries whose ids are fixed before anything is decided: all without a condition. What is
    /// left (conditional entries and references) needs the store.
    /// </summary>
    public static WriteUnit OfFixedTargets(WriteUnit unit)
    {
        var targets = new Dictionary<string, string>();
        var isWhole = true;
        foreach (var write in unit.Writes)
        {
            if (write.FullUrl is not { } url) continue;
            if (write.Criteria is not null) isWhole = false;
            else Note(targets, url, write.Write);
        }

        var writes = new UnitWrite[unit.Writes.Count];
        for (var i = 0; i < writes.Length; i++)
        {
            var given = writes[i] = unit.Writes[i];
            if (given.Write.Json.IsEmpty) continue;
            var found = Find(given.Write.Json.Span, targets);
            isWhole &= found.RemoveAll(place => place.Target is null) == 0;
            if (found.Count > 0) writes[i] = given with { Write = given.Write with { Json = Apply(given.Write.Json.Span, found) } };
        }

        return unit with { Writes = writes, ResolveReferences = !isWhole };
    }

    private static void Note(Dictionary<string, string> targets, string url, RecordWrite write)
    {
        targets[url] = $"{write.ResourceType}/{write.Id}";
        if (RelativeOf(url, write.ResourceType) is { } relative) targets[relative] = targets[url];
    }

    /// <summary>Whether a resource holds a conditional reference.</summary>
    public static bool HasConditional(ReadOnlySpan<byte> json) => json.Contains((byte)'?') && Find(json, []).Count > 0;

    /// <summary><c>Type/id</c> of a fullUrl that is a REST address: other entries may refer to it so. null for another kind of fullUrl.</summary>
    public static string? RelativeOf(string fullUrl, string resourceType)
    {
        var at = fullUrl.LastIndexOf($"/{resourceType}/", StringComparison.Ordinal);
        return at > 0 && fullUrl.StartsWith("http", StringComparison.Ordinal) && fullUrl.IndexOf('/', at + resourceType.Length + 2) < 0 ? fullUrl[(at + 1)..] : null;
    }

    private readonly record struct Place(int Start, int End, string Text, string? Target);

    private static List<Place> Find(ReadOnlySpan<byte> json, Dictionary<string, string> targets)
    {
        var found = new List<Place>();
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = ResourceScan.MaxDepth });
        var (isCandidate, isReference) = (false, false);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName)
            {
                isReference = reader.ValueTextEquals("reference"u8);
                isCandidate = isReference || IsCandidate(ref reader);
                continue;
            }

            if (reader.TokenType != JsonTokenType.String || !isCandidate) continue;
            var text = reader.GetString()!;
            var place = new Place((int)reader.TokenStartIndex, (int)reader.BytesConsumed, text, targets.GetValueOrDefault(text));
            if (place.Target is not null || (isReference && Conditional().IsMatch(text))) found.Add(place);
        }

        return found;
    }

    private static bool IsCandidate(ref Utf8JsonReader reader)
    {
        foreach (var name in Elements)
            if (reader.ValueTextEquals(name)) return true;
        return false;
    }

    private static byte[] Apply(ReadOnlySpan<byte> json, List<Place> places)
    {
        using var stream = new MemoryStream(json.Length);
        var at = 0;
        foreach (var place in places)
        {
            stream.Write(json[at..place.Start]);
            stream.Write(Encoding.UTF8.GetBytes($"\"{place.Target}\""));
            at = place.End;
        }

        stream.Write(json[at..]);
        return stream.ToArray();
    }
}
