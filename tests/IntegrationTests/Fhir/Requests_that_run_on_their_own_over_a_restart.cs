using System.Net;
using System.Text.Json;
using Health.IntegrationTests.Platform;
using Npgsql;

namespace Health.IntegrationTests.Fhir;

/// <summary>The node stops while requests of respond-async are done, running and waiting: each owner is told at the same address what became of it.</summary>
public sealed class Requests_that_run_on_their_own_over_a_restart(Database database)
{
    [Fact]
    public async Task keep_the_answer_that_was_there_and_tell_of_the_others_whether_to_send_them_again()
    {
        await using var host = await RestartableHost.Start(database);
        await host.Put("Basic/a", "{'code':{'text':'a'}}");
        var done = await Kick(host, HttpMethod.Get, "Basic?_id=a");
        var before = await UntilAnswered(host, done);
        Assert.Equal(HttpStatusCode.OK, before.Status);

        // Two workers: both are held, one in a search and one in a transaction that waits for the same table; the third waits for its turn.
        await using var data = NpgsqlDataSource.Create(host.Host.ConnectionString);
        Uri reading, writing, waiting;
        await using (var connection = await data.OpenConnectionAsync())
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await using (var hold = new NpgsqlCommand("lock table fhir.resource, fhir.search_date in access exclusive mode", connection, transaction)) await hold.ExecuteNonQueryAsync();
            reading = await Kick(host, HttpMethod.Get, "Basic?_id=a");
            writing = await Kick(host, HttpMethod.Post, "", """{"resourceType":"Bundle","type":"transaction","entry":[{"resource":{"resourceType":"Basic","id":"b","code":{"text":"b"}},"request":{"method":"PUT","url":"Basic/b"}}]}""");
            await UntilRunning(data, 2);
            waiting = await Kick(host, HttpMethod.Get, "Basic?_id=a");
            await host.Restart(() => transaction.RollbackAsync());
        }

        var after = await UntilAnswered(host, done);
        Assert.Equal(before, after);
        foreach (var read in new[] { reading, waiting })
        {
            var lost = await UntilAnswered(host, read);
            Assert.Equal(HttpStatusCode.InternalServerError, lost.Status);
            Assert.EndsWith("send it again.", Diagnostics(lost.Body));
        }

        var unknown = await UntilAnswered(host, writing);
        Assert.Equal(HttpStatusCode.InternalServerError, unknown.Status);
        Assert.Contains("whether it was written is not known", Diagnostics(unknown.Body));
        // Once or not at all.
        using (var written = await host.Http.GetAsync("/fhir/Basic/b")) Assert.True(written.StatusCode == HttpStatusCode.NotFound || written.Headers.ETag!.Tag == "\"1\"", $"{written.StatusCode} {written.Headers.ETag}");
        // And the server takes requests of that kind again.
        Assert.Equal(HttpStatusCode.OK, (await UntilAnswered(host, await Kick(host, HttpMethod.Get, "Basic?_id=a"))).Status);
    }

    private static string Diagnostics(string body) => JsonDocument.Parse(body).RootElement.GetProperty("issue")[0].GetProperty("diagnostics").GetString()!;

    private static async Task<Uri> Kick(RestartableHost host, HttpMethod method, string path, string? body = null)
    {
        using var request = new HttpRequestMessage(method, $"/fhir/{path}") { Content = body is null ? null : RestartableHost.Body(body) };
        request.Headers.Add("Prefer", "respond-async");
        using var answer = await host.Http.SendAsync(request);
        Assert.True(answer.StatusCode == HttpStatusCode.Accepted, await answer.Content.ReadAsStringAsync());
        return answer.Content.Headers.ContentLocation!;
    }

    private static async Task<(HttpStatusCode Status, string Body)> UntilAnswered(RestartableHost host, Uri address)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (true)
        {
            using var answer = await host.Http.GetAsync(address.AbsolutePath);
            if (answer.StatusCode != HttpStatusCode.Accepted) return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
            await timer.WaitForNextTickAsync(limit.Token);
        }
    }

    private static async Task UntilRunning(NpgsqlDataSource data, long count)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (true)
        {
            await using var command = data.CreateCommand("select count(*) from fhir.async_job where state = 'running'");
            if ((long)(await command.ExecuteScalarAsync())! == count) return;
            await timer.WaitForNextTickAsync(limit.Token);
        }
    }
}
