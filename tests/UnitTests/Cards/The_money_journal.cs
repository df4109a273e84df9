using System.Text;
using Health.CardAgent.Journal;
using Health.Cards;

namespace Health.UnitTests.Cards;

public sealed class The_money_journal : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("health-journal-").FullName;
    private static readonly PurseIntent Intent = new("3100000012345678", "5107000012345678", "510700", 1_500, 50_000, 1, "510700000001", 7, "20260728101500", "AABBCCDD");

    private string Path => System.IO.Path.Combine(folder, "money.journal");

    [Fact]
    public void tells_after_a_restart_at_every_step_what_may_have_happened()
    {
        using (var journal = Open()) journal.Intend("D|20260728|1", Intent);
        using (var journal = Open())
        {
            var entry = Assert.Single(journal.Entries);
            Assert.False(entry.IsUndecided);
            journal.Sending(entry);
        }
        using (var journal = Open())
        {
            var entry = Assert.Single(journal.Undecided);
            Assert.Equal(Intent, entry.Intent);
            journal.Decide(entry, Outcomes.Unknown);
        }
        using (var journal = Open())
        {
            var entry = Assert.Single(journal.Undecided);
            Assert.Single(journal.Unreported);
            journal.Reported(entry, Outcomes.Unknown);
            Assert.Empty(journal.Unreported);
            journal.Decide(entry, Outcomes.ProvedCharged, "F82FC6F7", "04662CDD");
            Assert.Single(journal.Unreported);
        }
        using (var journal = Open())
        {
            var entry = Assert.Single(journal.Entries);
            Assert.True(entry is { IsCharged: true, IsUndecided: false, Tac: "F82FC6F7" });
        }
    }

    [Fact]
    public void lets_nothing_replace_a_decided_outcome()
    {
        using var journal = Open();
        var entry = journal.Sending(journal.Intend("D|20260728|1", Intent));
        journal.Decide(entry, Outcomes.Debited, "F82FC6F7", "04662CDD");
        Assert.Equal(Outcomes.Debited, journal.Decide(entry, Outcomes.Unknown).Outcome);
    }

    [Fact]
    public void drops_a_line_that_a_kill_cut()
    {
        using (var journal = Open()) journal.Intend("D|20260728|1", Intent);
        File.AppendAllText(Path, "{\"at\":\"2026-");
        using (var journal = Open()) journal.Sending(Assert.Single(journal.Entries));
        using (var journal = Open()) Assert.True(Assert.Single(journal.Entries).Sent);
    }

    [Fact]
    public void stops_the_start_at_a_broken_line_and_names_it()
    {
        using (var journal = Open()) journal.Intend("D|20260728|1", Intent);
        var lines = File.ReadAllText(Path);
        File.WriteAllText(Path, lines + "nonsense\n" + lines, new UTF8Encoding(false));
        Assert.Contains("Line 2", Assert.Throws<InvalidDataException>(() => Open().Dispose()).Message);
    }

    [Fact]
    public void belongs_to_one_agent_alone()
    {
        using var journal = Open();
        Assert.Throws<IOException>(() => Open().Dispose());
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private MoneyJournal Open() => new(Path, TimeProvider.System);
}
