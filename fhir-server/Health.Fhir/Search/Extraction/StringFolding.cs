using System.Text;

namespace Health.Fhir.Search;

/// <summary>
/// How strings are compared (http://hl7.org/fhir/R4/search.html#string): case, accents, full-width forms, kinds of middle dot and runs of blanks
/// make no difference; Chinese stays as it is. The platform runs without ICU (invariant globalization), so Latin letters fold by table.
/// </summary>
public static class StringFolding
{
    // Base letter of U+00C0 … U+024F and U+1E00 … U+1EFF; a point where there is none.
    private const string Latin =
        "aaaaaaaceeeeiiii.nooooo.ouuuuytsaaaaaaaceeeeiiii.nooooo.ouuuuytyaaaaaaccccccccddddeeeeeeeeeegggggggg" +
        "hhhhiiiiiiiiii..jjkk.llllll..llnnnnnn...oooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs........" +
        "........................oo.............uu............................aaiioouuuuuuuuuu.aaaa....ggkkoo" +
        "oo..j...gg..nnaa....aaaaeeeeiiiioooorrrruuuusstt..hh......aaeeooooooooyy............................";

    private const string LatinAdditional =
        "aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmmmmmmnnnnnnnnoooooooopppprrrrrrrrssss" +
        "ssssssttttttttuuuuuuuuuuvvvvwwwwwwwwwwxxxxyyzzzzzzhtwy.s....aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeeeeeeeeeee" +
        "iiiioooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyy......";

    public static string Fold(string text)
    {
        var folded = new StringBuilder(text.Length);
        var blank = false;
        foreach (var c in text)
        {
            if (c is >= '\u0300' and <= '\u036f') continue;
            if (char.IsWhiteSpace(c))
            {
                blank = folded.Length > 0;
                continue;
            }
            if (blank) folded.Append(' ');
            blank = false;
            folded.Append(Fold(c));
        }
        return folded.ToString();
    }

    private static char Fold(char c) => c switch
    {
        < '\u0080' => char.ToLowerInvariant(c),
        >= '\uff01' and <= '\uff5e' => char.ToLowerInvariant((char)(c - 0xfee0)),
        // Names of Xinjiang's and Liangshan's peoples are typed with any of these between their parts.
        '\u2022' or '\u2027' or '\u2219' or '\u22c5' or '\u30fb' or '\uff65' => '\u00b7',
        >= '\u00c0' and <= '\u024f' when Latin[c - 0xc0] != '.' => Latin[c - 0xc0],
        >= '\u1e00' and <= '\u1eff' when LatinAdditional[c - 0x1e00] != '.' => LatinAdditional[c - 0x1e00],
        _ => char.ToLowerInvariant(c),
    };
}
