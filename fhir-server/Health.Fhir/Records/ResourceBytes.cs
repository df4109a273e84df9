using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Health.Fhir.Records;

/// <summary>Sets id, meta.versionId and meta.lastUpdated in received JSON and keeps every other byte: order, decimals, white space.</summary>
public static class ResourceBytes
{
    public const string InstantFormat = "yyyy-MM-dd'T'HH:mm:ss.fffzzz";

    /// <summary>FHIR instants are shown in the time of the region.</summary>
    public static readonly TimeSpan Offset = TimeSpan.FromHours(8);

    public static string Instant(DateTimeOffset at) => at.ToOffset(Offset).ToString(InstantFormat, CultureInfo.InvariantCulture);

    public static byte[] Splice(ReadOnlySpan<byte> json, ResourceScan scan, string resourceType, string id, long version, DateTimeOffset lastUpdated)
    {
        var edits = new List<(Stretch Place, string Text)>(4);
        var versionText = $"\"{version}\"";
        var updatedText = $"\"{Instant(lastUpdated)}\"";
        if (scan.VersionIdValue.Exists) edits.Add((scan.VersionIdValue, versionText));
        if (scan.LastUpdatedValue.Exists) edits.Add((scan.LastUpdatedValue, updatedText));

        // What is absent goes to the front of the resource, or of meta.
        var front = new StringBuilder();
        if (!scan.ResourceTypeValue.Exists) front.Append("\"resourceType\":\"").Append(resourceType).Append('"');
        if (scan.IdValue.Exists) edits.Add((scan.IdValue, $"\"{id}\""));
        else Member(front, "id", $"\"{id}\"");
        if (!scan.Meta.Exists)
        {
            Member(front, "meta", $"{{\"versionId\":{versionText},\"lastUpdated\":{updatedText}}}");
        }
        else
        {
            var inMeta = new StringBuilder();
            if (!scan.VersionIdValue.Exists) Member(inMeta, "versionId", versionText);
            if (!scan.LastUpdatedValue.Exists) Member(inMeta, "lastUpdated", updatedText);
            if (inMeta.Length > 0 && !scan.MetaIsEmpty) inMeta.Append(',');
            edits.Add((new Stretch(scan.Meta.Start + 1, 0), inMeta.ToString()));
        }

        if (front.Length > 0) edits.Add(FrontEdit(scan, front));
        edits.Sort((a, b) => a.Place.Start.CompareTo(b.Place.Start));
        return Apply(json, edits);
    }

    /// <summary>The same JSON as another, white space and the spelling of strings aside; numbers count as written.</summary>
    public static bool SayTheSame(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other)
    {
        if (one.SequenceEqual(other)) return true;
        var a = new Utf8JsonReader(one);
        var b = new Utf8JsonReader(other);
        while (true)
        {
            var more = a.Read();
            if (more != b.Read()) return false;
            if (!more) return true;
            if (a.TokenType != b.TokenType) return false;
            if (a.ValueSpan.SequenceEqual(b.ValueSpan)) continue;
            if (a.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName)) return false;
            if (a.GetString() != b.GetString()) return false;
        }
    }

    private static (Stretch Place, string Text) FrontEdit(ResourceScan scan, StringBuilder front)
    {
        // Readers like resourceType first, so new members follow it where it is first.
        if (!scan.ResourceTypeValue.Exists) return (new Stretch(scan.BodyStart, 0), scan.IsEmpty ? front.ToString() : front.Append(',').ToString());
        return (new Stretch(scan.ResourceTypeValue.End, 0), front.Insert(0, ',').ToString());
    }

    private static void Member(StringBuilder text, string name, string value)
    {
        if (text.Length > 0) text.Append(',');
        text.Append('"').Append(name).Append("\":").Append(value);
    }

    private static byte[] Apply(ReadOnlySpan<byte> json, List<(Stretch Place, string Text)> edits)
    {
        var writer = new ArrayBufferWriter<byte>(json.Length + 160);
        var at = 0;
        foreach (var (place, text) in edits)
        {
            writer.Write(json[at..place.Start]);
            Encoding.UTF8.GetBytes(text, writer);
            at = place.End;
        }

        writer.Write(json[at..]);
        return writer.WrittenSpan.ToArray();
    }
}
