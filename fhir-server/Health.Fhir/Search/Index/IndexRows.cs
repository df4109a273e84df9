using System.Text.Json;

namespace Health.Fhir.Search;

/// <summary>
/// The index rows of some resource versions, column by column as the inserts want them. Current and past rows apart: a version that is
/// already superseded within the same commit goes to the past at once.
/// </summary>
public sealed class IndexRows(Blinding blinding, IReadOnlyDictionary<(string Type, string Param), short> keys) : IIndexSink
{
    private readonly Dictionary<(IndexTable Table, bool Past), Columns> tables = [];
    private readonly HashSet<(IndexTable, short, object, short?)> seen = [];
    private readonly HashSet<SearchTerm> terms = [];
    private string type = "";
    private long rid, from;
    private long? to;

    public short? Item { private get; set; }

    /// <summary>The rows per table, as parameter arrays for <see cref="IndexTable.InsertSql"/>.</summary>
    public IEnumerable<(IndexTable Table, bool Past, IReadOnlyList<Array> Arrays)> Filled =>
        tables.Where(t => t.Value.Count > 0).Select(t => (t.Key.Table, t.Key.Past, (IReadOnlyList<Array>)t.Value.Arrays(t.Key.Table, t.Key.Past)));

    /// <summary>The texts beside the codes of these rows.</summary>
    public IReadOnlyCollection<SearchTerm> Terms => terms;

    /// <param name="supersededAt">Sequence of the version that follows in the same commit, if one does.</param>
    public void Add(IndexedWrite write, long? supersededAt, Extractor extractor)
    {
        (type, rid, from, to) = (write.ResourceType, write.Rid, write.Sequence, supersededAt);
        if (write.Deleted) return;
        seen.Clear();
        var updated = write.LastUpdated.UtcDateTime;
        updated = updated.AddTicks(-(updated.Ticks % TimeSpan.TicksPerMillisecond));
        Date("_lastUpdated", new DateRange(updated, updated.AddMilliseconds(1)));
        using var document = JsonDocument.Parse(write.Json);
        extractor.Extract(type, document.RootElement, this);
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
        Row(IndexTable.Token, parameter, (value, blinding.System(system), hash), (columns, v, item) => columns.Own(v.value, v.Item2, item, v.hash));
    }

    public void TypedIdentifier(string parameter, string? typeSystem, string typeCode, string value) =>
        Row(IndexTable.Token, parameter, (blinding.TypedIdentifier(parameter, typeCode, value), blinding.System(typeSystem)), (columns, v, item) => columns.Own(v.Item1, v.Item2, item, null));

    public void Date(string parameter, DateRange range) => Row(IndexTable.Date, parameter, range, (columns, r, _) => columns.Own(r.Low, r.High));

    public void Text(string parameter, string text)
    {
        Row(IndexTable.Text, parameter, Limits.Indexed(text), (columns, original, _) => columns.Own(StringFolding.Fold(original), original));
    }

    public void Reference(string parameter, ReferenceTarget target)
    {
        var id = target.IsLocal || target.Id.Length == 0 ? target.Id : blinding.Url(target.Id);
        Row(IndexTable.Reference, parameter, (target.Type, id), (columns, v, item) => columns.Own(v.Type, v.id, item));
    }

    public void Uri(string parameter, string uri) => Row(IndexTable.Uri, parameter, Limits.Indexed(uri), (columns, v, _) => columns.Own(v));

    public void Number(string parameter, NumberRange range, string? system, string? code, string? unit)
    {
        if (code is null && unit is null) NumberRow(parameter, range, 0, 0);
        if (code is not null) NumberRow(parameter, range, blinding.System(system), blinding.Unit(code));
        if (unit is not null && unit != code) NumberRow(parameter, range, 0, blinding.Unit(unit));
        if (code is not null && CanonicalUnits.Of(system, code) is { } canonical)
            NumberRow(parameter, canonical.Convert(range), CanonicalUnits.System, blinding.Unit(canonical.Unit));
    }

    private void NumberRow(string parameter, NumberRange range, long system, long unit) =>
        Row(IndexTable.Number, parameter, (range.Low, range.High, system, unit), (columns, v, item) => columns.Own(v.Low, v.High, v.system, v.unit, item));

    private void Row<T>(IndexTable table, string parameter, T value, Action<Columns, T, short?> own) where T : notnull
    {
        var item = table.HasItem ? Item : null;
        if (!keys.TryGetValue((type, parameter), out var key) || !seen.Add((table, key, value, item))) return;
        if (!tables.TryGetValue((table, to is not null), out var columns)) tables[(table, to is not null)] = columns = new Columns();
        columns.Start(rid, key, from, to ?? 0);
        own(columns, value, item);
    }

    private sealed class Columns
    {
        private readonly List<long> rids = [], froms = [], tos = [];
        private readonly List<short> keys = [];
        private readonly List<object?[]> values = [];

        public int Count => rids.Count;

        public void Start(long rid, short key, long from, long to)
        {
            rids.Add(rid);
            keys.Add(key);
            froms.Add(from);
            tos.Add(to);
        }

        public void Own(params object?[] row) => values.Add(row);

        public List<Array> Arrays(IndexTable table, bool past)
        {
            List<Array> arrays = [rids.ToArray(), keys.ToArray()];
            for (var c = 0; c < table.Columns.Count; c++)
            {
                var column = NewColumn(table.Columns[c], values.Count);
                for (var r = 0; r < values.Count; r++) column.SetValue(values[r][c], r);
                arrays.Add(column);
            }
            arrays.Add(froms.ToArray());
            if (past) arrays.Add(tos.ToArray());
            return arrays;
        }

        private static Array NewColumn((string Name, string Type) column, int count) => column switch
        {
            ("item", _) => new short?[count],
            ("text", _) => new long?[count],
            (_, "uuid") => new Guid[count],
            (_, "bigint") => new long[count],
            (_, "timestamptz") => new DateTime[count],
            (_, "double precision") => new double[count],
            _ => new string[count],
        };
    }
}
