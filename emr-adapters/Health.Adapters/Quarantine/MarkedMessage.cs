using System.Text;
using Health.Hl7v2;

namespace Health.Adapters.Quarantine;

/// <summary>A place in a line of text: characters from 0.</summary>
public sealed record Mark(int Start, int Length, string Path, string Code, string Text);

public sealed record MarkedSegment(int Number, string Text, IReadOnlyList<Mark> Marks);

/// <summary>A message as a person corrects it: its lines, the problems, and where in the lines they are.</summary>
public sealed record MarkedMessage(string MessageId, string Charset, IReadOnlyList<Hl7Diagnostic> Problems, IReadOnlyList<MarkedSegment> Segments)
{
    /// <summary>A problem whose place cannot be found marks nothing; one whose field is missing marks the whole segment.</summary>
    public static MarkedMessage Of(string messageId, Hl7Message message, IReadOnlyList<Hl7Diagnostic> problems)
    {
        var marks = problems.ToLookup(problem => SegmentOf(message, problem));
        return new MarkedMessage(messageId, message.Charset.Name, problems,
            [.. message.Segments().Select(segment => new MarkedSegment(segment.Position + 1, segment.ToString(), [.. marks[segment.Position].Select(problem => MarkOf(message, segment, problem))]))]);
    }

    private static int SegmentOf(Hl7Message message, Hl7Diagnostic problem) =>
        Hl7Path.TryParse(problem.Path, out var path) ? message.Segment(path.Segment, path.Occurrence).Position : -1;

    private static Mark MarkOf(Hl7Message message, SegmentView segment, Hl7Diagnostic problem)
    {
        var (from, _) = message.ExtentOf(segment.PathOf());
        var (start, length) = message.ExtentOf(problem.Path);
        if (length == 0) (start, length) = (from, segment.Bytes.Length);
        // Extents are bytes of UTF-8; a reader on a screen counts characters.
        return new Mark(
            Encoding.UTF8.GetCharCount(message.Body[from..start]), Encoding.UTF8.GetCharCount(message.Body.Slice(start, length)), problem.Path, problem.ErrCode, problem.Text);
    }
}
