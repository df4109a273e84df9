using System.Text;
using CsCheck;
using Health.Hl7v2;

namespace Health.UnitTests.Hl7v2;

public sealed class Mutated_messages
{
    private static readonly byte[][] Seeds =
    [
        Encoding.UTF8.GetBytes(Sample.Header + "\rPID|1||A^^^M&1&ISO~B||珅^王||19900101|M\rOBX|1|FT|||a\\.br\\b\\XE78E\\c\\F\\~d"),
        Sample.Gb(Sample.Header + "\rPID|1||A^^^M&1&ISO~B||珅^昞昢珇||19900101|M\nOBX|1|NM|||5"),
        "MSH$%?!*@$HIS$MYCH$$$20260101$$ORU%R01$9$P$2.7\r\nPID$$$A%B*C?D%E"u8.ToArray(),
        Encoding.Unicode.GetBytes("MSH|^~\\&|A|B\rPID|1||2"),
    ];

    private static readonly Gen<byte> Nasty = Gen.OneOf(Gen.Byte, Gen.Char["\r\n|^~\\&\"\0\v\u001c $%MSHX."].Select(c => (byte)c));

    [Fact]
    public void never_break_the_reader_and_stay_byte_for_byte() =>
        Gen.Select(Gen.Int[0, Seeds.Length - 1], Gen.Select(Gen.Int[0, 400], Nasty, Gen.Int[0, 3]).Array[0, 12]).Sample((seed, edits) =>
        {
            List<byte> bytes = [.. Seeds[seed]];
            foreach (var (at, value, kind) in edits)
            {
                var place = bytes.Count == 0 ? 0 : at % bytes.Count;
                if (kind == 0) bytes.Insert(place, value);
                else if (kind == 1 && bytes.Count > 0) bytes[place] = value;
                else if (kind == 2 && bytes.Count > 0) bytes.RemoveAt(place);
                else if (bytes.Count > 0) bytes.RemoveRange(place, Math.Min(bytes.Count - place, at % 20));
            }

            var raw = bytes.ToArray();
            Hl7Charset? detected = null;
            foreach (var charset in new[] { null, Hl7Charset.Utf8, Hl7Charset.Gb18030 })
            {
                // The same bytes in the same charset were read a moment ago.
                if (charset is not null && charset == detected) continue;
                var result = Hl7Message.Read(raw, charset);
                if (result.Message is not { } message)
                {
                    Assert.Contains(result.Diagnostics, one => one.IsError);
                    continue;
                }

                if (charset is null) detected = message.Charset;
                ReadAll(message);
                Assert.True(message.Raw.Span.SequenceEqual(bytes.ToArray()));
                using var ack = Sample.Read(AckBuilder.Build(message, Hl7AckCode.AE, "1", DateTimeOffset.UnixEpoch, result.Diagnostics));
                message.Dispose();
            }

            foreach (var part in Hl7Batch.Split(raw)) Hl7Message.Read(part).Message?.Dispose();
        }, iter: 8_000);

    private static void ReadAll(Hl7Message message)
    {
        foreach (var segment in message.Segments())
        {
            _ = segment.PathOf();
            for (var field = 1; field <= segment.FieldCount + 1; field++)
                foreach (var repetition in segment[field].Repetitions)
                    for (var component = 0; component <= repetition.ComponentCount + 1; component++)
                    {
                        var view = repetition.Component(component);
                        _ = Hl7Timestamp.TryParse(view.ToText(), out var time) ? time.ToFhirDateTime(TimeSpan.FromHours(8)) : "";
                        _ = view.Sub(2).ToText();
                    }
        }
    }
}
