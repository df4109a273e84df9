using Health.IntegrationTests.Platform;
using Npgsql;

namespace Health.IntegrationTests.Adapters;

/// <summary>The platform stops between two of the three commits, and starts again on the same database: one effect, whatever the place.</summary>
public sealed class After_a_crash(Database database) : IAsyncLifetime
{
    private readonly TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Hospital hospital = null!;

    public async ValueTask InitializeAsync() => hospital = await Hospital.Open(database);

    public ValueTask DisposeAsync() => hospital.DisposeAsync();

    [Fact]
    public async Task behind_the_inbox_the_message_is_processed_once_and_answered_as_before()
    {
        hospital.Records.Before = Hang;
        var first = await hospital.Send(System.Text.Encoding.UTF8.GetBytes(Hospital.Registration("H1")));
        await reached.Task;
        await StartAgain();
        await EndsWithOneEffect();
        Assert.Equal(first, await hospital.Send(System.Text.Encoding.UTF8.GetBytes(Hospital.Registration("H1"))));
        await EndsWithOneEffect();
    }

    [Fact]
    public async Task behind_the_record_the_row_is_finished_without_a_second_write()
    {
        hospital.Records.After = Hang;
        using (await hospital.Send(Hospital.Registration("H2"))) { }
        await reached.Task;
        Assert.Single(hospital.Records.Written);
        Assert.Equal(0L, await hospital.Scalar<long>("select count(*) from adapters.inbox where state = 'done'"));
        await StartAgain();
        await EndsWithOneEffect();
    }

    [Fact]
    public async Task of_the_database_connection_at_the_last_commit_the_batch_is_done_again_without_a_second_write()
    {
        var isFirst = true;
        hospital.Records.After = async (_, ct) =>
        {
            if (!isFirst) return;
            isFirst = false;
            await using var connection = await hospital.Sql();
            await using var kill = new NpgsqlCommand("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()", connection);
            await kill.ExecuteNonQueryAsync(ct);
            reached.TrySetResult();
        };
        using (await hospital.Send(Hospital.Registration("H3"))) { }
        await reached.Task;
        await EndsWithOneEffect();
    }

    private async Task Hang(Contracts.RecordBatch batch, CancellationToken ct)
    {
        reached.TrySetResult();
        await Task.Delay(Timeout.InfiniteTimeSpan, ct);
    }

    private async Task StartAgain()
    {
        await hospital.Stop();
        hospital.Records.Before = hospital.Records.After = null;
        await hospital.Start();
    }

    private async Task EndsWithOneEffect()
    {
        await hospital.UntilDone(1);
        Assert.Single(hospital.Records.Written);
        Assert.Equal(1L, await hospital.Scalar<long>("select count(*) from adapters.inbox"));
        await hospital.Until("select count(*) from events.mt_events where type like 'adapters.%'", 2);
        Assert.Equal(1L, await hospital.Scalar<long>("select count(*) from events.mt_events where type = 'broker.resident-registered.v1'"));
    }
}
