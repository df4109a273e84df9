using Health.Console.Kpi;
using Health.Contracts;
using Health.IntegrationTests.Platform;
using Microsoft.Extensions.DependencyInjection;

namespace Health.ConsoleTests;

public sealed class Counting_notices(Database database)
{
    private static readonly DateTimeOffset At = new(2015, 6, 30, 3, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task counts_a_person_once_however_many_cards_at_however_many_moments()
    {
        await using var host = await TestHost.Start(database, ["Console"]);
        var figures = host.Services.GetRequiredService<Figures>();
        var cards = Enumerable.Range(0, 40).Select(i => new CardIssued(Guid.NewGuid(), At, "X", "510704", $"r{i % 4}", i % 4 == 0 || i >= 36)).ToList();
        await Parallel.ForEachAsync(cards.Concat(cards), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (card, ct) => await figures.Count(card, ct));
        var report = await host.Services.GetRequiredService<DayReports>().Of(Figures.LocalDay(At), default);
        Assert.Equal([new CardsOfCounty("510704", 4, 4)], report.Cards);
    }

    [Fact]
    public async Task adds_up_in_fen_and_once_per_notice()
    {
        await using var host = await TestHost.Start(database, ["Console"]);
        var figures = host.Services.GetRequiredService<Figures>();
        var settled = Enumerable.Range(1, 10).Select(i => new VisitSettled(Guid.NewGuid(), At, "X", $"v{i}", "r", i % 2 == 0 ? "card" : "window", new Fen(3 * i + 3), new Fen(i), new Fen(i + 1), new Fen(i + 2))).ToList();
        foreach (var notice in settled.Concat(settled)) await figures.Count(notice, default);
        var report = await host.Services.GetRequiredService<DayReports>().Of(Figures.LocalDay(At), default);
        Assert.Equal(new SettlementSum(10, new Fen(195), new Fen(55), new Fen(65), new Fen(75)), report.AllSettled);
        Assert.Equal(new SettlementSum(5, new Fen(105), new Fen(30), new Fen(35), new Fen(40)), report.ByCard);
        Assert.Equal([new VisitsOfInstitution("X", 0, 0, 5)], report.Visits);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ends_the_doubt_about_a_payment_in_whatever_order_it_hears(bool reversed)
    {
        await using var host = await TestHost.Start(database, ["Console"]);
        var figures = host.Services.GetRequiredService<Figures>();
        PaymentOutcomeChanged[] notices =
        [
            new(Guid.NewGuid(), At, "X", "v1", "unknown"), new(Guid.NewGuid(), At.AddSeconds(5), "X", "v1", "charged"),
            new(Guid.NewGuid(), At, "X", "v2", "unknown"),
        ];
        foreach (var notice in reversed ? notices.Reverse() : notices) await figures.Count(notice, default);
        var report = await host.Services.GetRequiredService<DayReports>().Of(Figures.LocalDay(At), default);
        Assert.Equal([new UndecidedPayment("v2", "X", At)], report.Undecided);
        Assert.Equal(1, report.UndecidedTotal);
    }
}
