using System.Text.Json;

namespace Health.Fhir.Search;

/// <summary>
/// The index rows one resource body gives, before anything is known of its place: neither rid nor sequence. So they are made where the body is
/// received, outside the turn of the log.
/// </summary>
public sealed class IndexRows : IIndexSink
{
    private readonly Blinding blinding;
    private readonly IReadOnlyDictionary<(string Type, string Param), short> keys;
    private readonly string type;
    private readonly List<IndexRow> rows = [];
    private readonly HashSet<(IndexTable, short, object, short?)> seen = [];
    private readonly HashSet<SearchTerm> terms = [];

    private IndexRows(string type, Blinding blinding, IReadOnlyDictionary<(string Type, string Param), short> keys) => (this.type, this.blinding, this.keys) = (type, blinding, keys);

    public IReadOnlyList<IndexRow> Rows => rows;

    /// <summary>The texts beside the codes of these rows.</summary>
    public IReadOnlyCollection<SearchTerm> Terms => terms;

    /// <summary>The search parameters the rows were made for; rows of an earlier version of them are made again.</summary>
    public object Parameters { get; private init; } = typeof(IndexRows);

    public short? Item { private get; set; }

    /// <param name="only">The one parameter whose rows are wanted; null for all.</param>
    /// <param name="json">UTF-8 FHIR JSON; empty for a deletion, which has no rows.</param>
    public static IndexRows Of(string type, ReadOnlyMemory<byte> json, Extractor extractor, Blinding blinding, IReadOnlyDictionary<(string Type, string Param), short> keys, string? only = null)
    {
        var made = new IndexRows(type, blinding, keys) { Parameters = extractor.Catalogue.Version };
        if (json.IsEmpty) return made;
        using var document = JsonDocument.Parse(json);
        if (only is null) extractor.Extract(type, document.RootElement, made);
        else extractor.Extract(type, only, document.RootElement, made);
        return made;
    }

    public void Token(string parameter, string? system, string code, string? text = null)
    {
        var value = blinding.Token(parameter, code);
        long? hash = null;
        if (text is not null && SearchTerm.Fold(text) is { Length: > 0 } folded && keys.TryGetValue((type, parameter), out var key))
        {
            hash = blinding.Text(folded);
            terms.Add(new SearchTerm(key, value, hash.Value, folded));
        }
        Row(IndexTable.Token, parameter, (value, system: blinding.System(system), hash), (v, item) => Own(v.value, v.system, item, v.hash));
    }

    public void TypedIdentifier(string parameter, string? typeSystem, string typeCode, string value) =>
        Row(IndexTable.Token, parameter, (value: blinding.TypedIdentifier(parameter, typeCode, value), system: blinding.System(typeSystem)), (v, item) => Own(v.value, v.system, item, null));

    public void Date(string parameter, DateRange range) => Row(IndexTable.Date, parameter, range, (r, _) => Own(r.Low, r.High));

    public void Text(string parameter, string text)
    {
        Row(IndexTable.Text, parameter, Limits.Indexed(text), (original, _) => Own(StringFolding.Fold(original), original));
    }

    public void Reference(string parameter, ReferenceTarget target)
    {
        var id = target.IsLocal || target.Id.Length == 0 ? target.Id : blinding.Url(target.Id);
        Row(IndexTable.Reference, parameter, (target.Type, id), (v, item) => Own(v.Type, v.id, item));
    }

    public void Uri(string parameter, string uri) => Row(IndexTable.Uri, parameter, Limits.Indexed(uri), (v, _) => Own(v));

    public void Number(string parameter, NumberRange range, string? system, string? code, string? unit)
    {
        if (code is null && unit is null) NumberRow(parameter, range, 0, 0);
        if (code is not null) NumberRow(parameter, range, blinding.System(system), blinding.Unit(code));
        if (unit is not null && unit != code) NumberRow(parameter, range, 0, blinding.Unit(unit));
        if (code is not null && CanonicalUnits.Of(system, code) is { } canonical)
            NumberRow(parameter, canonical.Convert(range), CanonicalUnits.System, blinding.Unit(canonical.Unit));
    }

    private void NumberRow(string parameter, NumberRange range, long system, long unit) =>
        Row(IndexTable.Number, parameter, (range.Low, range.High, system, unit), (v, item) => Own(v.Low, v.High, v.system, v.unit, item));

    private void Row<T>(IndexTable table, string parameter, T value, Func<T, short?, object?[]> own) where T : notnull
    {
        var item = table.HasItem ? Item : null;
        if (!keys.TryGetValue((type, parameter), out var key) || !seen.Add((table, key, value, item))) return;
        rows.Add(new IndexRow(table, key, own(value, item)));
    }

    private static object?[] Own(params object?[] row) => row;
}

/// <param name="Values">One for each of the table's own columns.</param>
public readonly record struct IndexRow(IndexTable Table, short Key, object?[] Values);
