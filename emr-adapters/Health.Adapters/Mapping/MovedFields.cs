using System.Text;
using Health.Adapters.Sources;
using Health.Hl7v2;

namespace Health.Adapters.Mapping;

/// <summary>Puts fields that a hospital sends elsewhere where the standard has them, before anything is mapped.</summary>
internal static class MovedFields
{
    /// <returns>A changed copy, or the message itself when the source moves nothing or nothing of it is there.</returns>
    public static Hl7Message Apply(Hl7Message message, SourceProfile source)
    {
        foreach (var (place, sentAt) in source.MovedFields)
        {
            var from = Hl7Path.Parse(sentAt);
            var value = Encoding.UTF8.GetString(from.Read(message).Bytes);
            if (value.Length == 0) continue;
            message = Reread(message, message.WithEr7(Hl7Path.Parse(place), value));
            message = Reread(message, message.WithEr7(from, ""));
        }

        return message;
    }

    /// <summary>In the character set it came in, since <c>\X..\</c> carries bytes of that.</summary>
    private static Hl7Message Reread(Hl7Message before, byte[] utf8)
    {
        var bytes = before.Charset == Hl7Charset.Utf8 ? utf8 : before.Charset.Encoding.GetBytes(Encoding.UTF8.GetString(utf8));
        return Hl7Message.Read(bytes, before.Charset).Message ?? throw new InvalidOperationException("A message whose fields were moved cannot be read any more.");
    }
}
