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
            message = Rereading.Of(message, message.WithEr7(Hl7Path.Parse(place), value));
            message = Rereading.Of(message, message.WithEr7(from, ""));
        }

        return message;
    }
}
