using Health.Hl7v2;

namespace Health.Adapters.Mapping.Values;

/// <summary>NTE to Annotation: text, author and time.</summary>
internal static class Notes
{
    public static readonly FieldSet Mapped = FieldSet.Of(1, 2, 3, 4, 5, 6);

    /// <summary>The array <paramref name="element"/> of all NTE from a position on; ends at the first other segment.</summary>
    public static void From(Patch patch, string element, MappingRun run, int position)
    {
        patch.Array(element);
        for (; position < run.Message.SegmentCount && run.Message.SegmentAt(position) is var nte && nte.Is("NTE"); position++)
        {
            run.Take(nte, Mapped);
            if (TextOf(nte) is not { } text) continue;
            patch.Object();
            patch.Staff("authorReference", run, nte[5].Text(1), nte[5].Repetition(1).Text(2, 1));
            patch.Text("time", run.DateTime(nte[6]));
            patch.Text("text", text);
            patch.End();
        }

        patch.End();
    }

    /// <summary>The lines of NTE-3.</summary>
    public static string? TextOf(SegmentView nte)
    {
        if (!nte[3].IsPresent) return null;
        var text = string.Join('\n', nte[3].Repetitions.Select(repetition => repetition.ToText()));
        return string.IsNullOrWhiteSpace(text) ? null : text;
    }
}
