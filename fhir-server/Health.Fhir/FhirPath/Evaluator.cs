using Health.Fhir.Validation;

namespace Health.Fhir.FhirPath;

/// <summary>A compiled expression: takes a collection, leaves one on the stack.</summary>
internal delegate Range Op(Evaluator e, Range input);

/// <summary>
/// Evaluates compiled expressions over one tree. Collections are stretches of one stack, so that most expressions allocate nothing. Work is bounded.
/// </summary>
internal sealed class Evaluator
{
    private const int MaxItems = 2_000_000, MaxSteps = 5_000_000;
    private const int KeptItems = 4096;

    [ThreadStatic]
    private static Item[]? spare;

    private Item[] items = Spare();
    private int steps;

    public required ResourceTree Tree { get; init; }
    public required FhirPathContext Context { get; init; }
    public int Resource { get; set; }
    public int Root { get; set; }
    public Item Focus { get; set; }
    public Range This { get; set; }
    public int Index { get; set; } = -1;
    public Item? Total { get; set; }
    public int Top { get; private set; }

    public ref Item this[int at] => ref items[at];

    /// <summary>Gives the stack to the next evaluator of this thread.</summary>
    public void Return()
    {
        items.AsSpan(0, Math.Max(Top, 128)).Clear();
        if (items.Length <= KeptItems) spare = items;
        items = [];
    }

    private static Item[] Spare()
    {
        var kept = spare ?? new Item[128];
        spare = null;
        return kept;
    }

    public void Reset() => (Top, steps, Index, Total) = (0, 0, -1, null);

    public void Step()
    {
        if (++steps > MaxSteps) throw new FhirPathException($"The expression needs more than {MaxSteps} steps on this resource.");
    }

    public void Push(Item item)
    {
        if (Top == items.Length)
        {
            if (Top >= MaxItems) throw new FhirPathException($"The expression collects more than {MaxItems} items.");
            Array.Resize(ref items, Top * 2);
        }

        Step();
        items[Top++] = item;
    }

    public Range One(Item item)
    {
        Push(item);
        return new Range(Top - 1, 1);
    }

    public Range Bool(bool? value) => value is { } known ? One(Item.Of(known)) : Range.Empty;

    /// <summary>From a mark to the top.</summary>
    public Range Since(int mark) => new(mark, Top - mark);

    /// <summary>Moves a result down to the mark and drops what stood between.</summary>
    public Range Keep(int mark, Range result)
    {
        if (result.Start < mark)
        {
            // It stands below: part of the input, which nobody drops.
            Top = mark;
            return result;
        }

        if (result.Start > mark) Array.Copy(items, result.Start, items, mark, result.Count);
        Top = mark + result.Count;
        return new Range(mark, result.Count);
    }

    public void Release(int mark) => Top = mark;

    public Span<Item> Span(Range range) => items.AsSpan(range.Start, range.Count);

    /// <summary>Evaluates a criterion on one item as <c>$this</c>; null for an empty result. The stack is as before.</summary>
    public bool? Test(Op criterion, int item, int index)
    {
        var mark = Top;
        var result = Apply(criterion, item, index);
        var truth = Truth(result);
        Release(mark);
        return truth;
    }

    public Range Apply(Op op, int item, int index)
    {
        var (self, place) = (This, Index);
        (This, Index) = (new Range(item, 1), index);
        var result = op(this, This);
        (This, Index) = (self, place);
        return result;
    }

    /// <summary>A collection as a boolean: a single boolean is itself, any other single item is true. http://hl7.org/fhirpath/N1/#singleton-evaluation-of-collections</summary>
    public bool? Truth(Range range)
    {
        if (range.Count == 0) return null;
        if (range.Count > 1) throw new FhirPathException("One value is expected here, and there are several.");
        var value = items[range.Start].Value(Tree);
        return value.Kind != ItemKind.Boolean || value.Number == 1;
    }

    public Item? Single(Range range, string what)
    {
        if (range.Count == 0) return null;
        return range.Count == 1 ? items[range.Start].Value(Tree) : throw new FhirPathException($"{what} works on one value, and there are {range.Count}.");
    }

    public string? Text(Range range, string what) => Single(range, what) is { } item ? item.AsText(Tree) : null;
}

/// <summary>What an expression may ask of its surroundings.</summary>
/// <param name="Now">For now() and today().</param>
/// <param name="MemberOf">Whether (system, code) is in a value set; null when that is not known.</param>
public sealed record FhirPathContext(DateTimeOffset Now, Func<string, string?, string, bool?>? MemberOf = null)
{
    public static readonly FhirPathContext None = new(DateTimeOffset.UnixEpoch);
}
