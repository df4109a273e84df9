using CsCheck;
using Health.Console.Kpi;
using Health.Contracts;

namespace Health.ConsoleTests;

public sealed class The_figures
{
    [Fact]
    public void lay_the_whole_city_target_on_the_nine_counties()
    {
        Assert.Equal(9, CountyTargets.All.Count);
        Assert.Equal(CountyTargets.CityTarget, CountyTargets.All.Sum(county => county.Target));
        Assert.All(CountyTargets.All, county => Assert.InRange(county.Target - county.Population * 3_000_000.0 / 5_379_483, -1, 1));
    }

    [Fact]
    public void begin_their_day_at_midnight_in_the_city()
    {
        Assert.Equal(new DateOnly(2015, 6, 30), Figures.LocalDay(new DateTimeOffset(2015, 6, 30, 15, 59, 59, TimeSpan.Zero)));
        Assert.Equal(new DateOnly(2015, 7, 1), Figures.LocalDay(new DateTimeOffset(2015, 6, 30, 16, 0, 0, TimeSpan.Zero)));
    }

    [Fact]
    public void hide_fewer_than_five_persons_and_never_one_cell_alone_beside_another()
    {
        Assert.Equal([10, null, null, 0], SmallCells.Suppress([10, 4, 5, 0]));
        Assert.Equal([10, null, null], SmallCells.Suppress([10, 1, 4]));
        Assert.Equal([5, 6], SmallCells.Suppress([5, 6]));
        Gen.Long[0, 20].Array[1, 9].Sample(cells =>
        {
            var shown = SmallCells.Suppress(cells);
            Assert.All(cells.Zip(shown), pair => Assert.True(pair.Second is null ? pair.First > 0 : pair.Second == pair.First && pair.First is 0 or >= SmallCells.Smallest));
            if (cells.Count(count => count > 0) > 1) Assert.NotEqual(1, shown.Count(count => count is null));
        });
    }

    [Theory]
    [InlineData("A100", 200, 20, 20, true, true)]
    [InlineData("A100", 201, 20, 20, false, true)]
    [InlineData("A100", 100, 19, 20, false, true)]
    [InlineData("A100", 100, 20, 19, false, true)]
    [InlineData("D600", 30, 3, 3, true, true)]
    [InlineData("D600", 30, 2, 3, false, true)]
    [InlineData("A100", 100, 1, 0, false, false)]
    [InlineData("A100", 0, 0, 0, false, false)]
    public void judge_an_institution_by_both_measures(string @class, long visits, long registered, long settled, bool live, bool begun)
    {
        var institution = new Institution("X", "x", "x", "510703", @class);
        var judged = Assert.Single(LiveInstitutions.Judge([institution], [new VisitsOfInstitution("X", visits, registered, settled)]));
        Assert.Equal((live, begun), (judged.IsLive, judged.HasBegun));
    }
}
