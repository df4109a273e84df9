using System.Globalization;
using System.Text.Json;
using CsCheck;
using Health.IntegrationTests.Platform;

namespace Health.IntegrationTests.Search.Model;

/// <summary>
/// Random resources in three rounds of changes, random queries at every one of the moments, and a naive evaluator that scans everything.
/// <c>HEALTH_MODEL_QUERIES</c> sets their number and <c>HEALTH_MODEL_SEED</c> the seed of the resources; <c>./health test model</c> sets both.
/// </summary>
public sealed class Random_queries(Database database) : IAsyncLifetime
{
    private readonly SearchHost host = new(database);

    public ValueTask InitializeAsync() => host.InitializeAsync();

    public ValueTask DisposeAsync() => host.DisposeAsync();

    [Fact]
    public async Task are_answered_as_a_naive_evaluator_answers_them()
    {
        var queries = int.Parse(Environment.GetEnvironmentVariable("HEALTH_MODEL_QUERIES") ?? "1500", CultureInfo.InvariantCulture);
        var seed = Environment.GetEnvironmentVariable("HEALTH_MODEL_SEED") is { Length: > 0 } given ? given : "0000KOIPe036";
        var moments = await ModelStore.Fill(host, seed);
        long asked = 0, found = 0;
        await QueryGen.Queries(moments.Count).SampleAsync(
            async query =>
            {
                var matches = await Check(query, moments);
                Interlocked.Increment(ref asked);
                if (matches > 0) Interlocked.Increment(ref found);
            }, iter: queries, threads: 4, print: query => query.ToString());
        TestContext.Current.SendDiagnosticMessage($"{asked} queries, {found} with matches, {moments[^1].Resources.Count} resources, seed {seed}");
        Assert.True(found * 4 > asked, $"Only {found} of {asked} queries met a resource: they prove too little.");
    }

    private async Task<int> Check(ModelQuery query, IReadOnlyList<ModelMoment> moments)
    {
        var moment = moments[query.Moment];
        var expected = moment.OfType(query.Type).Where(r => query.Criteria.All(c => c.Holds(moment, r))).Select(r => r.Name).ToHashSet();
        var url = $"{query.Type}?{string.Join('&', query.Criteria)}&_count={query.Count ?? 1000}"
            + (query.Sort is null ? "" : $"&_sort={query.Sort}") + (query.Total ? "&_total=accurate" : "") + (query.Moment == moments.Count - 1 ? "" : $"&_asOf={moment.Sequence}");
        List<string> answered = [];
        for (var next = url; next is not null;)
        {
            var page = await host.Bundle(next);
            if (query.Total && page.GetProperty("total").GetInt32() != expected.Count) Assert.Fail($"{url}: total {page.GetProperty("total")} instead of {expected.Count}");
            answered.AddRange(SearchHost.Names(page).Split(' ', StringSplitOptions.RemoveEmptyEntries));
            next = SearchHost.Link(page, "next");
        }

        if (answered.Count != expected.Count || !expected.SetEquals(answered))
            Assert.Fail($"{url}\nmissing: {Show(expected.Except(answered), moment)}\nnot expected: {Show(answered.Except(expected), moment)}\nanswered {answered.Count}, of them different {answered.Distinct().Count()}");
        if (query.Sort is not null && SortOrder.Fault(query.Sort, answered, moment) is { } fault) Assert.Fail($"{url}\n{fault}");
        return expected.Count;
    }

    private static string Show(IEnumerable<string> names, ModelMoment moment) =>
        string.Join('\n', names.Take(3).Select(name => moment.Resources.TryGetValue(name, out var resource) ? resource.Json : name));
}
