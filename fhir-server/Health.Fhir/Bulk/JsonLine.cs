using System.Buffers;

namespace Health.Fhir.Bulk;

/// <summary>One JSON value on one line: white space between tokens goes, everything else keeps its bytes. http://ndjson.org</summary>
public static class JsonLine
{
    public static void Append(IBufferWriter<byte> writer, ReadOnlySpan<byte> json)
    {
        if (json.IndexOfAny((byte)'\n', (byte)'\r') < 0) writer.Write(json);
        else Compact(writer, json);
        writer.Write("\n"u8);
    }

    private static void Compact(IBufferWriter<byte> writer, ReadOnlySpan<byte> json)
    {
        var target = writer.GetSpan(json.Length);
        var (length, isInString) = (0, false);
        for (var i = 0; i < json.Length; i++)
        {
            var b = json[i];
            if (isInString)
            {
                target[length++] = b;
                if (b == '\\') target[length++] = json[++i];
                else if (b == '"') isInString = false;
            }
            else if (b is not ((byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t'))
            {
                target[length++] = b;
                isInString = b == '"';
            }
        }

        writer.Advance(length);
    }
}
