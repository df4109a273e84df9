namespace Health.Fhir.Search;

/// <summary>What a search may cost. Beyond a limit a request is refused with its name, never cut silently.</summary>
public static class Limits
{
    /// <summary>Characters of a string or URI that are indexed: a B-tree entry must fit a third of a page.</summary>
    public const int IndexedCharacters = 600;

    /// <summary>What of a text is indexed and compared: without NUL, which PostgreSQL cannot hold, and cut where an index entry ends.</summary>
    public static string Indexed(string text)
    {
        var cut = text.Length <= IndexedCharacters ? text : text[..(char.IsHighSurrogate(text[IndexedCharacters - 1]) ? IndexedCharacters - 1 : IndexedCharacters)];
        return cut.Contains('\0') ? cut.Replace("\0", "", StringComparison.Ordinal) : cut;
    }

    public const int DefaultCount = 20;
    public const int MaxCount = 1000;

    /// <summary>Characters of a query string.</summary>
    public const int QueryCharacters = 16_384;

    /// <summary>Parameters of a query, and values separated by commas in one of them.</summary>
    public const int Parameters = 64;
    public const int Values = 500;

    /// <summary>Codes of a value set, or above or below a code.</summary>
    public const int CodesOfSet = 20_000;

    /// <summary>Words (and pairs of Chinese characters) of one _text or _content, and those of one resource that are indexed.</summary>
    public const int Words = 64;
    public const int WordsPerResource = 5000;

    /// <summary>Matches that are sorted by a code: codes are stored blinded, so their order is found in the resources themselves.</summary>
    public const int SortedByCode = 5000;

    /// <summary>Characters and depth of a _filter.</summary>
    public const int FilterCharacters = 4096;
    public const int FilterDepth = 16;

    /// <summary>Hops of a chain such as <c>subject.organization.name</c>.</summary>
    public const int ChainDepth = 4;

    /// <summary>Resources that includes may add to one page, and rounds of <c>:iterate</c>.</summary>
    public const int IncludedPerPage = 5000;
    public const int IncludeRounds = 4;
}
