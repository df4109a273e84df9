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
    private readonly HashSet<(IndexTable, short, object)> seen = [];

    private IndexRows(string type, Blinding blinding, IReadOnlyDictionary<(string Type, string Param), short> keys) => (this.type, this.blinding, this.keys) = (type, blinding, keys);

    public IReadOnlyList<IndexRow> Rows => rows;

    /// <param name="json">UTF-8 FHIR JSON; empty for a deletion, which has no rows.</param>
    public static IndexRows Of(string type, ReadOnlyMemory<byte> json, Extractor extractor, Blinding blinding, IReadOnlyDictionary<(string Type, string Param), short> keys)
    {
        var made = new IndexRows(type, blinding, keys);
        if (json.IsEmpty) return made;
        using var document = JsonDocument.Parse(json);
        extractor.Extract(type, document.RootElement, made);
        return made;
    }

    public void Token(string parameter, string? system, string code) =>
        Row(IndexTable.Token, parameter, (blinding.Token(parameter, code), blinding.System(system)), v => Own(v.Item1, v.Item2));

    public void Date(string parameter, DateRange range) => Row(IndexTable.Date, parameter, range, r => Own(r.Low, r.High));

    public void Text(string parameter, string text)
    {
        Row(IndexTable.Text, parameter, Limits.Indexed(text), original => Own(StringFolding.Fold(original), original));
    }

    public void Reference(string parameter, ReferenceTarget target)
    {
        var id = target.IsLocal || target.Id.Length == 0 ? target.Id : blinding.Url(target.Id);
        Row(IndexTable.Reference, parameter, (target.Type, id), v => Own(v.Type, v.id));
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
        Row(IndexTable.Number, parameter, (range.Low, range.High, system, unit), v => Own(v.Low, v.High, v.system, v.unit));

    private void Row<T>(IndexTable table, string parameter, T value, Func<T, object[]> own) where T : notnull
    {
        if (!keys.TryGetValue((type, parameter), out var key) || !seen.Add((table, key, value))) return;
        rows.Add(new IndexRow(table, key, own(value)));
    }

    private static object[] Own(params object[] row) => row;
}

/// <param name="Values">One for each of the table's own columns.</param>
public readonly record struct IndexRow(IndexTable Table, short Key, object[] Values);
