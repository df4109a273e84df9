using System.Text;
using System.Text.Unicode;
using CsCheck;
using Health.Hl7v2;

namespace Health.UnitTests.Hl7v2;

public sealed class Valid_UTF_8
{
    private static readonly Gen<byte[]> Pieces = Gen.OneOf(
        Gen.Char["ab|^\r珅王é\u07ff\u0800\ud7ff\ue000\uffff"].Select(c => Encoding.UTF8.GetBytes([c])),
        Gen.Int[0x10000, 0x10FFFF].Select(code => Encoding.UTF8.GetBytes(char.ConvertFromUtf32(code))));

    /// <summary>Lengths around the blocks of 64 bytes, with one byte changed, cut or added anywhere.</summary>
    [Fact]
    public void is_told_from_invalid_as_the_framework_tells_it() =>
        Gen.Select(Pieces.Array[0, 150], Gen.Byte, Gen.Int[0, 600], Gen.Int[0, 4]).Sample((pieces, value, at, kind) =>
        {
            List<byte> bytes = [.. pieces.SelectMany(piece => piece)];
            if (bytes.Count > 0 && kind == 1) bytes[at % bytes.Count] = value;
            if (bytes.Count > 0 && kind == 2) bytes.RemoveAt(at % bytes.Count);
            if (kind == 3) bytes.Insert(at % (bytes.Count + 1), value);
            if (bytes.Count > 0 && kind == 4) bytes.RemoveRange(at % bytes.Count, bytes.Count - at % bytes.Count);
            return Utf8Check.IsValid([.. bytes]) == Utf8.IsValid([.. bytes]);
        }, iter: 10_000);
}
