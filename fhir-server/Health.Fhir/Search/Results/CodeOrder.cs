using System.Text.Json;
using Health.Contracts;
using Health.Fhir.Records;

namespace Health.Fhir.Search;

/// <summary>
/// Sorts by codes. They are stored blinded, which has no order, so the matches themselves are opened, as many as a limit allows. A page token then holds no value of
/// a resource: the order at one sequence is always the same, and the last match says where it went on.
/// </summary>
public sealed class CodeOrder(RecordReader records, Extractor extractor)
{
    /// <summary>True when a key of the sort has no order in the index.</summary>
    public static bool IsNeeded(SearchQuery search) => search.Sort.Any(key => key.Parameter?.Type == SearchType.Token);

    /// <summary>The matches of a page, whether there is more, and the number of all.</summary>
    /// <param name="all">Every match, at most one more than <see cref="Limits.SortedByCode"/>.</param>
    public async Task<(List<SearchHit> Page, bool HasMore, long Total, Refusal? TooMany)> Page(SearchQuery search, List<SearchHit> all, PagePosition? after, AccessFilter filter, CancellationToken ct)
    {
        if (all.Count > Limits.SortedByCode)
            return ([], false, 0, Refusal.TooCostly($"Sorting by a code opens every match, and more than {Limits.SortedByCode} match: narrow the search, or sort by another parameter."));
        var keyed = await Keyed(search, all, filter, ct);
        keyed.Sort((a, b) => Compare(search.Sort, a, b));
        // What the last page ended with may have been erased or closed to the caller: beginning again silently would repeat rows.
        if (after is not null && !keyed.Exists(one => one.Hit.Rid == after.Rid)) return ([], false, 0, Refusal.Invalid("The page cannot be continued: its last entry is no longer to be seen. Begin the search again.", "_page"));
        var start = after is null ? 0 : keyed.FindIndex(one => one.Hit.Rid == after.Rid) + 1;
        return ([.. keyed.Skip(start).Take(search.Count).Select(one => one.Hit)], keyed.Count > start + search.Count, keyed.Count, null);
    }

    private sealed record Sortable(SearchHit Hit, IComparable?[] Keys);

    private async Task<List<Sortable>> Keyed(SearchQuery search, List<SearchHit> all, AccessFilter filter, CancellationToken ct)
    {
        List<Sortable> keyed = [];
        foreach (var portion in all.Chunk(200))
        {
            var bodies = (await records.BySequences([.. portion.Select(hit => hit.Sequence)], filter, ct)).ToDictionary(record => record.Sequence);
            foreach (var hit in portion)
                if (bodies.TryGetValue(hit.Sequence, out var record) && record.Json is { IsEmpty: false } json) keyed.Add(new Sortable(hit, Keys(search, hit, record, json)));
        }
        return keyed;
    }

    private IComparable?[] Keys(SearchQuery search, SearchHit hit, StoredRecord record, ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json);
        var keys = new IComparable?[search.Sort.Count];
        for (var i = 0; i < keys.Length; i++)
        {
            var key = search.Sort[i];
            if (key.Parameter is null)
            {
                keys[i] = key.Code == "_id" ? hit.Id : record.LastUpdated;
                continue;
            }
            var extreme = new Extreme(key.Descending);
            extractor.Extract(hit.Type, key.Code, document.RootElement, extreme);
            keys[i] = extreme.Value;
        }
        return keys;
    }

    private static int Compare(IReadOnlyList<SortKey> sort, Sortable a, Sortable b)
    {
        for (var i = 0; i < sort.Count; i++)
        {
            var (first, second) = (a.Keys[i], b.Keys[i]);
            var order = (first, second) switch
            {
                (null, null) => 0,
                (null, _) => 1,
                (_, null) => -1,
                _ => sort[i].Descending ? Extreme.Order(second, first) : Extreme.Order(first, second),
            };
            if (order != 0) return order;
        }
        return a.Hit.Rid.CompareTo(b.Hit.Rid);
    }

    /// <summary>The smallest or greatest of the values of a parameter.</summary>
    private sealed class Extreme(bool greatest) : IIndexSink
    {
        private bool isCanonical;

        public IComparable? Value { get; private set; }

        public short? Item { private get; set; }

        public static int Order(IComparable a, IComparable b) => a is string x && b is string y ? string.CompareOrdinal(x, y) : a.CompareTo(b);

        public void Token(string parameter, string? system, string code, string? text = null)
        {
            if (code.Length > 0) Take(code.ToLowerInvariant());
        }

        public void TypedIdentifier(string parameter, string? typeSystem, string typeCode, string value)
        {
        }

        public void Date(string parameter, DateRange range) => Take(greatest ? range.High : range.Low);

        public void Text(string parameter, string text) => Take(StringFolding.Fold(Limits.Indexed(text)));

        public void Reference(string parameter, ReferenceTarget target)
        {
            if (target.Id.Length > 0) Take($"{target.Type}/{target.Id}");
        }

        public void Uri(string parameter, string uri) => Take(Limits.Indexed(uri));

        public void Number(string parameter, NumberRange range, string? system, string? code, string? unit)
        {
            var canonical = code is null ? null : CanonicalUnits.Of(system, code);
            if (canonical is null && isCanonical) return;
            if (canonical is not null && !isCanonical) (Value, isCanonical) = (null, true);
            var all = canonical?.Convert(range) ?? range;
            Take(greatest ? all.High : all.Low);
        }

        private void Take(IComparable value)
        {
            if (Value is null || (greatest ? Order(value, Value) > 0 : Order(value, Value) < 0)) Value = value;
        }
    }
}
