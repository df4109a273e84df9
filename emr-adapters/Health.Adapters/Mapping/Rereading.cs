using System.Text;
using Health.Hl7v2;

namespace Health.Adapters.Mapping;

/// <summary>Reads a changed text in place of the message it was made of.</summary>
internal static class Rereading
{
    /// <summary>In the character set the message came in, since <c>\X..\</c> carries bytes of that.</summary>
    public static Hl7Message Of(Hl7Message before, byte[] utf8)
    {
        var bytes = before.Charset == Hl7Charset.Utf8 ? utf8 : before.Charset.Encoding.GetBytes(Encoding.UTF8.GetString(utf8));
        return Hl7Message.Read(bytes, before.Charset).Message ?? throw new InvalidOperationException("A message that was changed cannot be read any more.");
    }
}
