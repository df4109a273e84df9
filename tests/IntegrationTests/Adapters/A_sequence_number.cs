using Health.IntegrationTests.Platform;

namespace Health.IntegrationTests.Adapters;

public sealed class A_sequence_number(Database database) : IAsyncLifetime
{
    private Hospital hospital = null!;

    public async ValueTask InitializeAsync() => hospital = await Hospital.OpenWithLab(database, """{"sequenceNumbers":true}""");

    public ValueTask DisposeAsync() => hospital.DisposeAsync();

    [Fact]
    public async Task that_leaves_a_gap_is_an_error_with_the_expected_one_and_nothing_is_stored()
    {
        Assert.Equal(("AA", null), await Send("S1", "7"));
        Assert.Equal(("AE", "8"), await Send("S3", "9"));
        Assert.Equal(("AE", "8"), await Send("S0", "6"));
        Assert.Equal(1L, await Stored());
        Assert.Equal(("AA", null), await Send("S2", "8"));
        Assert.Equal(("AA", null), await Send("S3", "9"));
        Assert.Equal(3L, await Stored());
    }

    [Fact]
    public async Task of_a_message_that_comes_again_gets_its_stored_answer_and_moves_nothing_on()
    {
        await Send("S1", "1");
        Assert.Equal(("AA", null), await Send("S1", "1"));
        Assert.Equal(("AA", "2"), await Send("Q1", "-1"));
        Assert.Equal(1L, await Stored());
    }

    [Fact]
    public async Task is_remembered_over_a_restart_and_mended_after_a_crash_between_storing_and_counting()
    {
        await Send("S1", "1");
        await Send("S2", "2");
        await hospital.Stop();
        await using (var connection = await hospital.Sql())
        await using (var crash = new Npgsql.NpgsqlCommand("update adapters.sequence set expected = 2", connection)) await crash.ExecuteNonQueryAsync();
        await hospital.Start();
        Assert.Equal(("AE", "2"), await Send("S3", "3"));
        Assert.Equal(("AA", null), await Send("S2", "2"));
        Assert.Equal(("AA", null), await Send("S3", "3"));
    }

    [Fact]
    public async Task of_zero_begins_anew_and_minus_one_asks()
    {
        Assert.Equal(("AA", "0"), await Send("Q1", "-1"));
        await Send("S1", "41");
        Assert.Equal(("AA", "42"), await Send("Q2", "-1"));
        Assert.Equal("AA", (await Send("S2", "0")).Code);
        Assert.Equal(("AA", "1"), await Send("Q3", "-1"));
        using var headerOnly = await hospital.Send("MSH|^~\\&|LIS|LAB|HIE|MY|2026||ADT^A04|Z1|P|2.5.1|0\r");
        Assert.Equal(("AA", "1"), (headerOnly.Get("MSA-1"), headerOnly.Get("MSA-4")));
        Assert.Equal(2L, await Stored());
    }

    [Fact]
    public async Task that_is_none_is_refused_and_one_that_is_missing_is_not_missed()
    {
        using var refused = await hospital.Send(Hospital.FromLab("S1", "x"));
        Assert.Equal(("AE", "102", "MSH-13"), (refused.Get("MSA-1"), refused.Get("ERR-3.1"), refused.Get("ERR-7")));
        Assert.Equal(("AA", null), await Send("S2", ""));
        Assert.Equal(1L, await Stored());
    }

    [Fact]
    public async Task is_not_looked_at_for_a_source_that_does_not_keep_the_protocol()
    {
        foreach (var number in (string[])["5", "9", "x"])
        {
            using var ack = await hospital.Send(Hospital.Registration($"N{number}").Replace("|P|2.5.1\r", $"|P|2.5.1|{number}\r"));
            Assert.Equal("AA", ack.Get("MSA-1"));
        }
    }

    private async Task<(string? Code, string? Expected)> Send(string controlId, string number)
    {
        using var ack = await hospital.Send(Hospital.FromLab(controlId, number));
        return (ack.Get("MSA-1"), ack.Get("MSA-4"));
    }

    private Task<long> Stored() => hospital.Scalar<long>("select count(*) from adapters.inbox");
}
