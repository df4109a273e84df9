using Health.CardAgent.Desk;

namespace Health.UnitTests.Cards;

public sealed class What_happened_at_the_desk
{
    private static readonly DeskView Empty = new() { DeskId = "D", InstitutionName = "", Reader = "" };
    private static readonly DeskView Reading = Empty with { Card = new CardView("reading") }, Known = Empty with { Card = new CardView("identified") { Name = "张测试" } };

    [Fact]
    public void is_told_once_from_the_insertion_to_the_removal()
    {
        Assert.Equal(["inserted"], Names(Empty, Reading));
        Assert.Equal([], Names(Reading, Reading with { Card = new CardView("offline") }));
        Assert.Equal(["identified"], Names(Reading with { Card = new CardView("offline") }, Known));
        Assert.Equal([], Names(Known, Known with { Unreported = 1 }));
        Assert.Equal(["removed"], Names(Known, Known with { Card = Known.Card! with { Present = false } }));
        Assert.Equal(["inserted"], Names(Known with { Card = Known.Card! with { Present = false } }, Reading));
        Assert.Equal(["removed", "inserted"], Names(Known, Reading));
    }

    [Theory]
    [InlineData("blocked")]
    [InlineData("unknown")]
    [InlineData("problem")]
    public void says_refused_of_a_card_that_may_not_be_used(string state) => Assert.Equal(["refused"], Names(Reading, Empty with { Card = new CardView(state) }));

    [Fact]
    public void says_refused_of_a_card_nobody_could_be_asked_about_when_that_is_known()
    {
        var before = Empty with { Card = new CardView("offline") };
        Assert.Equal(["refused"], Names(before, before with { Message = DeskMessage.Error("平台", "away") }));
    }

    [Fact]
    public void tells_of_the_visit_and_prints_no_name()
    {
        var visit = new VisitView("D|1|1", VisitStage.Registered, "r", "c", "0300");
        var happened = Assert.Single(DeskEvent.Between(Known, Known with { Visit = visit }));
        Assert.Equal("visit", happened.Name);
        Assert.DoesNotContain("张测试", happened.ToString());
    }

    private static string[] Names(DeskView before, DeskView after) => [.. DeskEvent.Between(before, after).Select(happened => happened.Name)];
}
