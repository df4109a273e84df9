using System.Text;
using Health.Hl7v2;
using Health.IntegrationTests.Platform;
using Npgsql;

namespace Health.IntegrationTests.Adapters;

public sealed class A_dropped_file(Database database) : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("health-drop-").FullName;
    private Hospital hospital = null!;

    public async ValueTask InitializeAsync() => hospital = await Hospital.OpenWithLab(
        database, "{}", $$""","door":"file","fileDrop":{"folder":"{{folder}}","intervalSeconds":0.05,"stableSeconds":0.2,"maxFileBytes":100000}""");

    public async ValueTask DisposeAsync()
    {
        await hospital.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task of_a_batch_is_taken_whole_and_answered_as_a_batch()
    {
        await Drop("a.hl7", $"FHS|^~\\&\rBHS|^~\\&\r{Messages(1, 3)}BTS|3\rFTS|1\r");
        var answers = await Answers("done", "a.hl7");
        Assert.Equal([("AA", "F1"), ("AA", "F2"), ("AA", "F3")], answers);
        Assert.EndsWith("BTS|3\rFTS|1\r", await File.ReadAllTextAsync(In("done", "a.hl7.ack")), StringComparison.Ordinal);
        Assert.StartsWith("3 messages, 3 accepted, 0 not", await File.ReadAllTextAsync(In("done", "a.hl7.report")), StringComparison.Ordinal);
        Assert.Equal(3L, await Stored());
        Assert.Empty(Directory.GetFiles(folder));
        Assert.Equal(0L, await hospital.Scalar<long>("select count(*) from adapters.file_progress"));
    }

    [Theory]
    [InlineData("BHS|^~\\&\r", "BTS|4\r", "Batch 1 says 4 messages in BTS-1 and holds 3.")]
    [InlineData("FHS|^~\\&\rBHS|^~\\&\r", "BTS|3\rFTS|2\r", "The file says 2 batches in FTS-1 and holds 1.")]
    [InlineData("FHS|^~\\&\rBHS|^~\\&\r", "", "Batch 1 has no trailer (BTS): the file is cut.")]
    public async Task whose_counts_disagree_is_put_aside_and_nothing_of_it_is_taken(string before, string after, string reason)
    {
        await Drop("b.txt", before + Messages(1, 3) + after);
        await Until(In("error", "b.txt"));
        Assert.StartsWith(reason, await File.ReadAllTextAsync(In("error", "b.txt.report")), StringComparison.Ordinal);
        Assert.Equal(0L, await Stored());
    }

    [Fact]
    public async Task with_messages_that_are_refused_says_which_and_keeps_the_others()
    {
        await Drop("c.hl7", Messages(1, 2) + Hospital.Registration("X1") + Messages(3, 3));
        Assert.Equal([("AA", "F1"), ("AA", "F2"), ("AR", "X1"), ("AA", "F3")], await Answers("error", "c.hl7"));
        Assert.StartsWith("4 messages, 3 accepted, 1 not", await File.ReadAllTextAsync(In("error", "c.hl7.report")), StringComparison.Ordinal);
        Assert.Equal(3L, await Stored());
    }

    [Fact]
    public async Task with_a_byte_order_mark_loses_none_of_its_messages()
    {
        await Drop("mark.hl7", "\uFEFF" + Messages(1, 2));
        Assert.Equal([("AA", "F1"), ("AA", "F2")], await Answers("done", "mark.hl7"));
        Assert.Equal(2L, await Stored());
    }

    [Fact]
    public async Task with_something_before_its_first_header_is_put_aside()
    {
        await Drop("text.hl7", "Dear colleague\r" + Messages(1, 2));
        await Until(In("error", "text.hl7"));
        Assert.StartsWith("Something stands before the first header", await File.ReadAllTextAsync(In("error", "text.hl7.report")), StringComparison.Ordinal);
        Assert.Equal(0L, await Stored());
    }

    [Fact]
    public async Task that_comes_under_a_name_being_taken_waits_for_its_turn()
    {
        await using (var other = await hospital.Sql())
        {
            await using var held = await other.BeginTransactionAsync();
            await using (var hold = new NpgsqlCommand("lock table adapters.inbox in share mode", other)) await hold.ExecuteNonQueryAsync();
            await Drop("day.hl7", Messages(1, 3));
            await Until(In("taking", "day.hl7"));
            await Drop("day.hl7", Messages(4, 5));
        }

        await Until(In("done", "day.hl7"));
        await Until(In("done", "day-2.hl7"));
        Assert.Equal(5L, await Stored());
        Assert.Equal(Messages(1, 3), await File.ReadAllTextAsync(In("done", "day.hl7")));
        Assert.Equal(Messages(4, 5), await File.ReadAllTextAsync(In("done", "day-2.hl7")));
    }

    [Fact]
    public async Task that_is_half_read_goes_on_where_it_was_after_a_restart()
    {
        await Execute(
            """
            create function adapters.fail() returns trigger language plpgsql as $$ begin raise exception 'full'; end $$;
            create trigger fail before insert on adapters.inbox for each row when (new.control_id = 'F100') execute function adapters.fail()
            """);
        await Drop("d.hl7", Messages(1, 130));
        await hospital.Until("select coalesce(max(taken), 0)::bigint from adapters.file_progress", 64);
        await hospital.Until("select count(*) from adapters.inbox where control_id = 'F128'", 1);
        await hospital.Stop();
        Assert.True(File.Exists(In("taking", "d.hl7")));
        await Execute("drop trigger fail on adapters.inbox");
        // An answer that was written and not yet counted is written again, once.
        await File.AppendAllTextAsync(Path.Combine(folder, "d.hl7.answers"), "MSH|^~\\&|torn");
        await hospital.Start();
        var answers = await Answers("done", "d.hl7");
        Assert.Equal([.. Enumerable.Range(1, 130).Select(i => ("AA", $"F{i}"))], answers);
        Assert.Equal(130L, await Stored());
    }

    [Fact]
    public async Task that_comes_again_gets_the_same_answers_under_another_name_and_no_second_effect()
    {
        await Drop("e.hl7", Messages(1, 2));
        await Answers("done", "e.hl7");
        await Drop("e.hl7", Messages(1, 2));
        await Answers("done", "e-2.hl7");
        Assert.Equal(await File.ReadAllTextAsync(In("done", "e.hl7.ack")), await File.ReadAllTextAsync(In("done", "e-2.hl7.ack")));
        Assert.Equal(2L, await Stored());
    }

    [Fact]
    public async Task that_is_still_written_under_another_ending_or_a_link_or_too_long_is_not_taken()
    {
        await Drop("f.tmp", Messages(1, 1));
        var elsewhere = Path.Combine(hospital.Folder, "elsewhere.hl7");
        await File.WriteAllTextAsync(elsewhere, Messages(2, 2));
        File.CreateSymbolicLink(Path.Combine(folder, "g.hl7"), elsewhere);
        await Drop("h.hl7", Messages(3, 3) + new string('x', 100_000));
        await Until(In("error", "h.hl7"));
        Assert.Equal(0L, await Stored());
        File.Move(Path.Combine(folder, "f.tmp"), Path.Combine(folder, "f.hl7"));
        Assert.Equal([("AA", "F1")], await Answers("done", "f.hl7"));
        Assert.True(File.Exists(elsewhere));
    }

    private static string Messages(int from, int to) => string.Concat(Enumerable.Range(from, to - from + 1).Select(i => Hospital.FromLab($"F{i}", pid3: $"P{i}")));

    private string In(string part, string name) => Path.Combine(folder, part, name);

    private Task Drop(string name, string text) => File.WriteAllTextAsync(Path.Combine(folder, name), text);

    private async Task<(string? Code, string? ControlId)[]> Answers(string part, string name)
    {
        await Until(In(part, name));
        var answers = Hl7Batch.Split(await File.ReadAllBytesAsync(In(part, $"{name}.ack")));
        return [.. answers.Select(bytes => Hl7Message.Read(bytes, Hl7Charset.Utf8).Message!).Select(ack => (ack.Get("MSA-1"), ack.Get("MSA-2")))];
    }

    private async Task Execute(string sql)
    {
        await using var connection = await hospital.Sql();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private Task<long> Stored() => hospital.Scalar<long>("select count(*) from adapters.inbox");

    private static async Task Until(string path)
    {
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!File.Exists(path)) await again.WaitForNextTickAsync(limit.Token);
    }
}
