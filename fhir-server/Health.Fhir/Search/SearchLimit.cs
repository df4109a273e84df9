using System.Globalization;
using Health.Contracts;
using Microsoft.Extensions.Configuration;
using Npgsql;

namespace Health.Fhir.Search;

/// <summary>
/// How long one statement of a search may run: <c>Health:Search:MaxSeconds</c>, 20 by default. The database itself ends it then, which tells a search that costs too much
/// from a store that is away. And how many matches are sorted by a date rather than found by walking the dates: <c>Health:Search:SortedMatches</c>.
/// </summary>
public sealed record SearchLimit(TimeSpan Most)
{
    /// <summary>So many matches are sorted in about the time in which a walk passes the dates between as many of a million.</summary>
    public const int UsuallySorted = 5_000;

    /// <summary>Matches that are sorted by a date; of more the dates are walked in their order (<see cref="DateOrder"/>).</summary>
    public int SortedMatches { get; init; } = UsuallySorted;

    /// <exception cref="InvalidOperationException">The setting is wrong.</exception>
    public static SearchLimit Read(IConfiguration configuration)
    {
        var most = configuration["Health:Search:SortedMatches"] ?? UsuallySorted.ToString(CultureInfo.InvariantCulture);
        if (!int.TryParse(most, NumberStyles.None, CultureInfo.InvariantCulture, out var sorted) || sorted is < 1 or > 100_000)
            throw new InvalidOperationException($"Health:Search:SortedMatches is '{most}'; it is a number from 1 to 100000, such as {UsuallySorted}.");
        var text = configuration["Health:Search:MaxSeconds"] ?? "20";
        // The driver gives up after 30 s.
        return double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 0.001 and <= 25
            ? new SearchLimit(TimeSpan.FromSeconds(seconds)) { SortedMatches = sorted }
            : throw new InvalidOperationException($"Health:Search:MaxSeconds is '{text}'; it is a number of seconds up to 25, such as 20 or 2.5.");
    }

    /// <summary><see cref="PresentPage.Guard"/>, and the limit for the rest of the transaction.</summary>
    public string Guard { get; } = $"select {Timeout(Most)} where not exists ({PresentPage.Guard})";

    /// <summary>
    /// The same before a search whose plan depends on its values: the plan of a prepared statement for any value would take a code that half of the store has for one that
    /// few have.
    /// </summary>
    public string GuardOfPlans { get; } = $"select {Timeout(Most)}, set_config('plan_cache_mode', 'force_custom_plan', true) where not exists ({PresentPage.Guard})";

    private static string Timeout(TimeSpan most) => $"set_config('statement_timeout', '{(long)most.TotalMilliseconds}', true)";

    /// <summary>True when the database ended a statement at the limit.</summary>
    public static bool IsReached(Exception e) => e is PostgresException { SqlState: PostgresErrorCodes.QueryCanceled };

    public Refusal TooCostly(SearchQuery search)
    {
        var costly = Costly(search).Distinct().Take(10).ToList();
        var what = costly.Count == 0 ? "" : $" What costs here: {string.Join(", ", costly)}.";
        return Refusal.TooCostly($"The search was stopped after {Most.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s.{what} Narrow it by what few resources have: an identifier, a patient, a code with its system, a date range.") with { Expression = costly.FirstOrDefault() };
    }

    /// <summary>Names of parameters and no values: those may be personal.</summary>
    private static IEnumerable<string> Costly(SearchQuery search)
    {
        foreach (var criterion in search.Criteria.SelectMany(criterion => criterion.Tree()))
        {
            var name = criterion switch
            {
                Criterion.Has has => $"_has:{has.SourceType}:{has.Reference.Code}",
                Criterion.Chain chain => $"{chain.Reference.Code}.…",
                Criterion.Missing missing => $"{missing.Parameter.Code}:missing",
                Criterion.Matches { Negated: true } not => $"{not.Parameter.Code}:not",
                Criterion.Matches matches when matches.Values.Any(value => value is SearchValue.Text { Match: TextMatch.Contains or TextMatch.EndsWith } or SearchValue.Uri { Match: UriMatch.Contains }) => $"{matches.Parameter.Code}:contains",
                _ => null,
            };
            if (name is not null) yield return name;
        }
        if (search.Sort.Count > 0) yield return "_sort";
        if (search.Total == TotalMode.Accurate || search.IsCountOnly) yield return "_total";
        if (search.Includes.Count > 0) yield return "_include";
    }
}
