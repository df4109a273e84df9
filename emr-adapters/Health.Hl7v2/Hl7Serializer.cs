using System.Buffers;

namespace Health.Hl7v2;

/// <summary>A message written from its parts. What was read is written byte for byte: nothing between the parts is lost or made up.</summary>
public static class Hl7Serializer
{
    /// <summary>
    /// Every segment in order: its name, its fields, their repetitions, components and subcomponents, each as it stands in the message, with
    /// the segment ends as they came. In UTF-8.
    /// </summary>
    public static void Write(this Hl7Message message, IBufferWriter<byte> output)
    {
        var body = message.Body;
        var end = 0;
        for (var i = 0; i < message.SegmentCount; i++)
        {
            var span = message.Index.Segment(i);
            output.Write(body[end..span.Start]);
            WriteSegment(message.SegmentAt(i), span.Header, output);
            end = span.End;
        }

        output.Write(body[end..]);
    }

    /// <summary>The message in its own character set, from MSH on: what <see cref="Write"/> writes, brought back from UTF-8.</summary>
    /// <remarks>Bytes that were no text in that character set were replaced when it was read; <see cref="Hl7Message.Raw"/> keeps them.</remarks>
    public static byte[] ToBytes(this Hl7Message message)
    {
        var output = new ArrayBufferWriter<byte>(Math.Max(1, message.Body.Length));
        message.Write(output);
        return message.Charset == Hl7Charset.Utf8 ? output.WrittenSpan.ToArray() : message.Charset.Encoding.GetBytes(System.Text.Encoding.UTF8.GetString(output.WrittenSpan));
    }

    /// <param name="header">1 for MSH, FHS and BHS, whose first field is the separator itself.</param>
    private static void WriteSegment(SegmentView segment, int header, IBufferWriter<byte> output)
    {
        var separators = segment.Message.Separators;
        var name = segment.Bytes.IndexOf(separators.Field) is var at and >= 0 ? segment.Bytes[..at] : segment.Bytes;
        output.Write(name);
        for (var field = 1 + header; field <= segment.FieldCount; field++)
        {
            output.Write([separators.Field]);
            var isFirst = true;
            if (field == 1 + header && header == 1) output.Write(segment[field].Bytes);
            else
                foreach (var repetition in segment[field].Repetitions)
                {
                    if (!isFirst) output.Write([separators.Repetition]);
                    isFirst = false;
                    WriteComponents(repetition, separators, output);
                }
        }
    }

    private static void WriteComponents(RepetitionView repetition, Hl7Separators separators, IBufferWriter<byte> output)
    {
        for (var number = 1; number <= repetition.ComponentCount; number++)
        {
            if (number > 1) output.Write([separators.Component]);
            var component = repetition.Component(number);
            var subcomponents = component.Bytes.Count(separators.Subcomponent) + 1;
            for (var sub = 1; sub <= subcomponents; sub++)
            {
                if (sub > 1) output.Write([separators.Subcomponent]);
                output.Write(component.Sub(sub).Bytes);
            }
        }
    }
}
