using Health.Adapters.Mapping.Maps;
using Health.Hl7v2;

namespace Health.Adapters.Mapping.Values;

/// <summary>NTE to Annotation: text, author and time.</summary>
internal static class Notes
{
    public static readonly SegmentMap Map = SegmentMaps.Of("NTE", "Annotation");

    /// <summary>The array <paramref name="element"/> of all NTE from a position on; ends at the first other segment.</summary>
    public static void From(Patch patch, string element, MappingRun run, int position)
    {
        patch.Array(element);
        for (; position < run.Message.SegmentCount && run.Message.SegmentAt(position) is var nte && nte.Is("NTE"); position++)
        {
            run.Take(nte, Map);
            if (TextOf(nte) is not { } text) continue;
            patch.Object();
            Map.Write(patch, nte, run);
            patch.Text("text", text);
            patch.End();
        }

        patch.End();
    }

    /// <summary>The lines of NTE-3.</summary>
    public static string? TextOf(SegmentView nte)
    {
        if (!nte[3].IsPresent) return null;
        var text = LinesOf(nte[3]);
        return string.IsNullOrWhiteSpace(text) ? null : text;
    }

    /// <summary>All repetitions of a field as lines, delimiters inside as they stand: reports are full of unescaped ones.</summary>
    public static string LinesOf(FieldView field) =>
        field.Repetition(1).Bytes.Length == field.Bytes.Length ? field.Repetition(1).ToText() : string.Join('\n', field.Repetitions.Select(line => line.ToText()));
}
