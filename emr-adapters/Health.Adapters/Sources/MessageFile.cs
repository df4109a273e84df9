using System.Globalization;
using System.Text;
using Health.Hl7v2;

namespace Health.Adapters.Sources;

/// <summary>The messages of a file and whether its trailers agree (HL7 v2.5.1 §2.10.3: BTS-1 counts messages, FTS-1 batches).</summary>
/// <param name="Problem">Why the file is not taken at all: it was cut or made wrongly; null when it is whole.</param>
internal sealed record MessageFile(IReadOnlyList<ReadOnlyMemory<byte>> Messages, string? Problem)
{
    public static MessageFile Of(byte[] bytes)
    {
        var messages = Hl7Batch.Split(bytes);
        var begins = Hl7Batch.Beginning(bytes);
        var problem = messages.Count == 0 ? "The file holds no message: no line begins with MSH."
            : Hl7Batch.BeginsAt(bytes, begins) ? CountProblem(bytes.AsSpan(begins)) : "Something stands before the first header (MSH, FHS or BHS).";
        return new MessageFile(messages, problem);
    }

    private static string? CountProblem(ReadOnlySpan<byte> text)
    {
        int batches = 0, inBatch = 0;
        bool isFile = false, isBatch = false;
        while (text.Length > 0)
        {
            var end = text.IndexOfAny((byte)'\r', (byte)'\n');
            var line = end < 0 ? text : text[..end];
            text = end < 0 ? default : text[(end + 1)..];
            if (line.StartsWith("MSH"u8)) inBatch++;
            else if (line.StartsWith("FHS"u8)) isFile = true;
            else if (line.StartsWith("BHS"u8))
            {
                if (isBatch) return $"Batch {batches + 1} has no trailer (BTS).";
                (isBatch, inBatch) = (true, 0);
            }
            else if (line.StartsWith("BTS"u8))
            {
                batches++;
                if (Count(line) is { } said && said != inBatch) return $"Batch {batches} says {said} messages in BTS-1 and holds {inBatch}.";
                (isBatch, inBatch) = (false, 0);
            }
            else if (line.StartsWith("FTS"u8))
            {
                if (Count(line) is { } said && said != batches) return $"The file says {said} batches in FTS-1 and holds {batches}.";
                isFile = false;
            }
        }

        return isBatch ? $"Batch {batches + 1} has no trailer (BTS): the file is cut." : isFile ? "The file has no trailer (FTS): it is cut." : null;
    }

    /// <summary>The first field; null when it is empty or no number.</summary>
    private static int? Count(ReadOnlySpan<byte> line)
    {
        if (line.Length < 5) return null;
        var rest = line[4..];
        var end = rest.IndexOf(line[3]);
        return int.TryParse(Encoding.ASCII.GetString(end < 0 ? rest : rest[..end]).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : null;
    }
}
