namespace Health.IntegrationTests.Search.Model;

/// <summary>http://hl7.org/fhir/R4/search.html#_sort: ascending by the least of several values, descending by the greatest, what has none last.</summary>
public static class SortOrder
{
    /// <summary>The first pair in the wrong order; null when the order holds.</summary>
    public static string? Fault(string sort, IReadOnlyList<string> names, ModelMoment moment)
    {
        var keys = sort.Split(',').Select(key => (Code: key.TrimStart('-'), Down: key[0] == '-')).ToList();
        for (var i = 1; i < names.Count; i++)
        {
            var (a, b) = (moment.Resources[names[i - 1]], moment.Resources[names[i]]);
            foreach (var (code, down) in keys)
            {
                var order = Compare(Key(a, code, down), Key(b, code, down), down);
                if (order < 0) break;
                if (order > 0) return $"{a.Json}\nstands before\n{b.Json}\nby {sort}";
            }
        }

        return null;
    }

    private static int Compare(IComparable? a, IComparable? b, bool down) => (a, b) switch
    {
        (null, null) => 0,
        (null, _) => 1,
        (_, null) => -1,
        _ => down ? Ordered(b, a) : Ordered(a, b),
    };

    private static int Ordered(IComparable a, IComparable b) => a is string s && b is string t ? System.Text.Encoding.UTF8.GetBytes(s).AsSpan().SequenceCompareTo(System.Text.Encoding.UTF8.GetBytes(t)) : a.CompareTo(b);

    private static IComparable? Key(ModelResource resource, string code, bool down)
    {
        if (code == "_id") return resource.Id;
        var values = resource.Of(code).Select(v => (IComparable)(v switch
        {
            ModelValue.Date date => down ? date.High : date.Low,
            ModelValue.Text text => text.Folded,
            ModelValue.Quantity number => number.Value,
            ModelValue.Uri uri => uri.Value,
            _ => throw new InvalidOperationException($"{code} has no order in the model."),
        })).ToList();
        if (values.Count == 0) return null;
        return values.Aggregate((a, b) => Ordered(a, b) < 0 != down ? a : b);
    }
}
