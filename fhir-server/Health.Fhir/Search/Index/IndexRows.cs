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
    private readonly List<SearchTerm> terms = [];
    private readonly HashSet<(IndexTable, short, object, short?)> seen = [];

    private IndexRows(string type, object version, Blinding blinding, IReadOnlyDictionary<(string Type, string Param), short> keys) =>
        (this.type, Version, this.blinding, this.keys) = (type, version, blinding, keys);

    public short? Item { private get; set; }

    /// <summary>The catalogue of search parameters they were made by: by another one they would be others.</summary>
    public object Version { get; }

    public IReadOnlyList<IndexRow> Rows => rows;

    /// <summary>The texts beside the codes of these rows.</summary>
    public IReadOnlyList<SearchTerm> Terms => terms;

    /// <param name="json">UTF-8 FHIR JSON; empty for a deletion, which has no rows.</param>
    public static IndexRows Of(string type, ReadOnlyMemory<byte> json, Extractor extractor, Blinding blinding, IReadOnlyDictionary<(string Type, string Param), short> keys)
    {
        var made = new IndexRows(type, extractor.Catalogue.Version, blinding, keys);
        if (json.IsEmpty) return made;
        using var document = JsonDocument.Parse(json);
        extractor.Extract(type, document.RootElement, made);
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
        Row(IndexTable.Token, parameter, (value, blinding.System(system), hash), v => Own(v.value, v.Item2, Item, v.hash));
    }

    public void TypedIdentifier(string parameter, string? typeSystem, string typeCode, string value) =>
        Row(IndexTable.Token, parameter, (blinding.TypedIdentifier(parameter, typeCode, value), blinding.System(typeSystem)), v => Own(v.Item1, v.Item2, Item, null));

    public void Date(string parameter, DateRange range) => Row(IndexTable.Date, parameter, range, r => Own(r.Low, r.High));

    public void Text(string parameter, string text)
    {
        Row(IndexTable.Text, parameter, Limits.Indexed(text), original => Own(StringFolding.Fold(original), original));
    }

    public void Reference(string parameter, ReferenceTarget target)
    {
        var id = target.IsLocal || target.Id.Length == 0 ? target.Id : blinding.Url(target.Id);
        Row(IndexTable.Reference, parameter, (target.Type, id), v => Own(v.Type, v.id, Item));
    }

    public void Uri(string parameter, string uri) => Row(IndexTable.Uri, parameter, Limits.Indexed(uri), v => Own(v));

    public void Number(string parameter, NumberRange range, string? system, string? code, string? unit)
    {
        if (code is null && unit is null) NumberRow(parameter, range, 0, 0);
        if (code is not null) NumberRow(parameter, range, blinding.System(system), blinding.Unit(code));
        if (unit is not null && unit != code) NumberRow(parameter, range, 0, blinding.Unit(unit));
        if (code is not null && CanonicalUnits.Of(system, code) is { } canonical)
            NumberRow(parameter, canonical.Convert(range), CanonicalUnits.System, blinding.Unit(canonical.Unit));
    }

    private void NumberRow(string parameter, NumberRange range, long system, long unit) =>
        Row(IndexTable.Number, parameter, (range.Low, range.High, system, unit), v => Own(v.Low, v.High, v.system, v.unit, Item));

    private void Row<T>(IndexTable table, string parameter, T value, Func<T, object?[]> own) where T : notnull
    {
        if (!keys.TryGetValue((type, parameter), out var key) || !seen.Add((table, key, value, table.HasItem ? Item : null))) return;
        rows.Add(new IndexRow(table, key, own(value)));
    }

    private static object?[] Own(params object?[] row) => row;
}

/// <param name="Values">One for each of the table's own columns.</param>
public readonly record struct IndexRow(IndexTable Table, short Key, object?[] Values);
