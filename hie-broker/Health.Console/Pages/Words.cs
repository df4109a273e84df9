using System.Globalization;
using Health.Contracts;

namespace Health.Console.Pages;

/// <summary>The two languages of the pages, side by side where they are used: Chinese first, English by the switch.</summary>
public sealed class Words(bool english)
{
    public bool IsEnglish => english;

    public string this[string chinese, string englishText] => english ? englishText : chinese;

    /// <summary>Local time of the city, UTC+8.</summary>
    public string Time(DateTimeOffset at) => at.ToOffset(Kpi.Figures.LocalOffset).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    public string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>Yuan with two digits.</summary>
    public string Yuan(Fen amount) => $"¥{amount}";

    /// <summary>Numerator over denominator in per cent with one digit; a dash where there is nothing to divide by.</summary>
    public string Share(long numerator, long denominator) =>
        denominator == 0 ? "—" : ((double)numerator / denominator).ToString("P1", CultureInfo.InvariantCulture).Replace(" ", "", StringComparison.Ordinal);

    public string Name(Institution institution) => english ? institution.EnglishName : institution.Name;
}
