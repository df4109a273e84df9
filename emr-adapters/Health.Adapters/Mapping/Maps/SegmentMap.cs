using Health.Adapters.Mapping.Values;
using Health.Hl7v2;

namespace Health.Adapters.Mapping.Maps;

/// <summary>
/// What one segment says about one resource, compiled from its lines into steps. Lines of one array stand together and become one array;
/// lines below one object share it. The three states of a field hold for every line (docs/adr/0005).
/// </summary>
internal sealed class SegmentMap
{
    private const string HL7Extensions = "http://hl7.org/fhir/StructureDefinition/", RegionExtensions = "https://fhir.mianyang.example/StructureDefinition/";

    private delegate void Step(Patch patch, SegmentView segment, MappingRun run);

    private readonly Step[] steps;
    private readonly UInt128 fields;

    public SegmentMap(string segment, string resource, IReadOnlyList<MapRow> rows)
    {
        (Segment, Resource, Rows) = (segment, resource, rows);
        foreach (var field in rows.SelectMany(row => row.Fields)) fields |= UInt128.One << field;
        steps = Compile(rows.Where(row => row.Element.Length > 0).Select(row => (row.Element, row)).ToList());
    }

    public string Segment { get; }
    public string Resource { get; }
    public IReadOnlyList<MapRow> Rows { get; }

    /// <summary>Whether a field is mapped or looked at; all others are reported when they carry something.</summary>
    public bool Reads(int field) => field < 128 && (fields >> field & UInt128.One) != 0;

    public void Write(Patch patch, SegmentView segment, MappingRun run)
    {
        foreach (var step in steps) step(patch, segment, run);
    }

    private static Step[] Compile(List<(string Path, MapRow Row)> rows)
    {
        var steps = new List<Step>();
        for (var i = 0; i < rows.Count;)
        {
            var root = Root(rows[i].Path);
            var group = rows.Skip(i).TakeWhile(row => Root(row.Path) == root && row.Row.Is("rule") == rows[i].Row.Is("rule")).ToList();
            i += group.Count;
            if (group[0].Row.Is("rule")) steps.AddRange(group.Select(row => (Step)Rules.Named(row.Row.Argument).Invoke));
            else if (root.StartsWith("extension:", StringComparison.Ordinal)) steps.Add(Extensions(group));
            else if (root.EndsWith("[]", StringComparison.Ordinal)) steps.Add(Members(root[..^2], group));
            else if (group[0].Path.Length > root.Length) steps.Add(Nested(root, Compile([.. group.Select(row => (row.Path[(root.Length + 1)..], row.Row))])));
            else steps.AddRange(group.Select(row => Single(root, row.Row)));
        }

        return [.. steps];
    }

    /// <summary>All extensions are members of one array, whatever their URL.</summary>
    private static string Root(string path) => path.StartsWith("extension:", StringComparison.Ordinal) ? "extension:" : path.Split('.')[0];

    private static Step Nested(string name, Step[] inner) => (patch, segment, run) =>
    {
        patch.Object(name);
        foreach (var step in inner) step(patch, segment, run);
        patch.End();
    };

    private static Step Single(string name, MapRow row)
    {
        var write = DataTypes.Named(row.Type);
        var field = row.Fields[0];
        return (patch, segment, run) =>
        {
            var view = segment[field];
            if (patch.Says(name, view)) write(patch, name, view.Repetition(1), run, row);
        };
    }

    private static Step Members(string array, List<(string Path, MapRow Row)> rows)
    {
        var members = rows.SelectMany(row => row.Row.Fields.Select(field => new Member(row.Row, field, row.Path.Split('.', 2) is [_, var inner] ? inner : null))).ToArray();
        return (patch, segment, run) =>
        {
            if (!SaysAny(patch, array, segment, members)) return;
            patch.Array(array);
            foreach (var member in members)
            {
                if (segment[member.Field] is var view && !view.IsPresent) continue;
                foreach (var repetition in view.Repetitions) member.Write(patch, repetition, run);
            }

            patch.End();
        };
    }

    /// <summary>Extensions are written when there is something to write; an absent or null field leaves the stored ones.</summary>
    private static Step Extensions(List<(string Path, MapRow Row)> rows)
    {
        var members = rows.Select(row =>
        {
            var parts = row.Path["extension:".Length..].Split('.');
            return (Url: parts[0][0] == '@' ? RegionExtensions + parts[0][1..] : HL7Extensions + parts[0], Member: new Member(row.Row, row.Row.Fields[0], parts[1]));
        }).ToArray();
        return (patch, segment, run) =>
        {
            patch.Array("extension");
            foreach (var (url, member) in members)
            {
                if (segment[member.Field] is var view && !view.IsPresent) continue;
                foreach (var repetition in view.Repetitions)
                {
                    patch.Object();
                    member.WriteInto(patch, repetition, run);
                    if (patch.IsOpen) patch.Text("url", url);
                    patch.End();
                }
            }

            patch.End();
        };
    }

    private static bool SaysAny(Patch patch, string element, SegmentView segment, Member[] members)
    {
        var isNull = false;
        foreach (var member in members)
        {
            var presence = segment[member.Field].Presence;
            if (presence == Hl7Presence.Present) return true;
            isNull |= presence == Hl7Presence.Null;
        }

        if (isNull) patch.Null(element);
        return false;
    }

    /// <param name="Inner">The element of the member that the value goes to; null when the value is the member.</param>
    private sealed record Member(MapRow Row, int Field, string? Inner)
    {
        private readonly WriteValue write = DataTypes.Named(Row.Type);

        public void Write(Patch patch, RepetitionView value, MappingRun run)
        {
            if (Inner is null)
            {
                write(patch, null, value, run, Row);
                return;
            }

            patch.Object();
            WriteInto(patch, value, run);
            patch.End();
        }

        public void WriteInto(Patch patch, RepetitionView value, MappingRun run) => write(patch, Inner, value, run, Row);
    }
}
