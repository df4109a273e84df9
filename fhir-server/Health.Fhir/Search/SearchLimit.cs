using System.Globalization;
using Health.Contracts;
using Microsoft.Extensions.Configuration;
using Npgsql;

namespace Health.Fhir.Search;

/// <summary>
/// How long one statement of a search may run: <c>Health:Search:MaxSeconds</c>, 20 by default. The database itself ends it then, which tells a search that costs too much
/// from a store that is away.
/// </summary>
public sealed record SearchLimit(TimeSpan Most)
{
    /// <exception cref="InvalidOperationException">The setting is wrong.</exception>
    public static SearchLimit Read(IConfiguration configuration)
    {
        var text = configuration["Health:Search:MaxSeconds"] ?? "20";
        // The driver gives up after 30 s.
        return double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 0.001 and <= 25
            ? new SearchLimit(TimeSpan.FromSeconds(seconds))
            : throw new InvalidOperationException($"Health:Search:MaxSeconds is '{text}'; it is a number of seconds up to 25, such as 20 or 2.5.");
    }

    /// <summary><see cref="PresentPage.Guard"/>, and the limit for the rest of the transaction.</summary>
    public string Guard { get; } = $"select set_config('statement_timeout', '{(long)Most.TotalMilliseconds}', true) where not exists ({PresentPage.Guard})";

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
