namespace Health.Fhir.Search;

/// <summary>A text that stands beside a code of one parameter.</summary>
/// <param name="Value">The blinded code.</param>
/// <param name="Text">Keyed hash of the whole folded text.</param>
public sealed record SearchTerm(short Key, Guid Value, long Text, string Folded)
{
    /// <summary>Characters of a text that <c>:text</c> looks at; texts that are equal so far are the same to it.</summary>
    public const int MaxCharacters = 64;

    public static string Fold(string text)
    {
        var folded = StringFolding.Fold(text.Length <= 2 * MaxCharacters ? text : text[..(2 * MaxCharacters)]);
        return folded.Length <= MaxCharacters ? folded : folded[..MaxCharacters].TrimEnd();
    }
}

