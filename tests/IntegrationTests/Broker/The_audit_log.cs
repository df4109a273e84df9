using System.Net;
using System.Text.Json;
using Health.Broker.Audit.Log;
using Health.Broker.Audit.Proofs;
using Health.Broker.Audit.Verification;
using Health.Contracts;
using Health.IntegrationTests.Platform;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Health.IntegrationTests.Broker;

public sealed class The_audit_log(Database database) : IAsyncLifetime
{
    private string folder = "", connectionString = "";

    public async ValueTask InitializeAsync()
    {
        folder = System.IO.Directory.CreateTempSubdirectory("health-audit-").FullName;
        connectionString = await database.New();
    }

    public ValueTask DisposeAsync()
    {
        System.IO.Directory.Delete(folder, true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task passes_while_it_runs_after_a_restart_and_while_facts_are_still_young()
    {
        await using (var host = await Start())
        {
            await Record(host, 30);
            await LogUntil(host, 30);
            Assert.Equal((true, 30L), await Verified());
            await Record(host, 400);
            Assert.True((await Verify()).IsIntact);
            await LogUntil(host, 430);
        }

        Assert.Equal((true, 430L), await Verified());
        await using (var host = await Start())
        {
            await Record(host, 170);
            await LogUntil(host, 600);
        }

        Assert.Equal((true, 600L), await Verified());
        Assert.Equal(2L, await Scalar<long>("select count(*) from audit.node"));
    }

    [Fact]
    public async Task waits_for_open_transactions_and_then_misses_none_of_their_facts()
    {
        await using var host = await Start();
        var statement = host.Services.GetRequiredService<IAuditTrail>().Prepare([An_audit_fact.Fact("slow")]);
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(statement.Text, connection);
        foreach (var value in statement.Parameters) command.Parameters.Add(new NpgsqlParameter { Value = value });
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        await Record(host, 5);
        var sequencer = host.Services.GetRequiredService<AuditSequencer>();
        await sequencer.BringUpToDate(default);
        Assert.Equal(0L, await Scalar<long>("select count(*) from audit.log"));
        await transaction.CommitAsync(TestContext.Current.CancellationToken);
        await LogUntil(host, 6);

        Assert.Equal((true, 6L), await Verified());
    }

    [Fact]
    public async Task proves_inclusion_and_consistency_over_http_to_everyone_signed_in()
    {
        await using var host = await Start(withCaller: true);
        await Record(host, 10);
        await LogUntil(host, 10);
        using var http = host.Http.As("witness");
        var older = await Json(http, "/audit/checkpoint");
        await Record(host, 300);
        await LogUntil(host, 310);
        var younger = await Json(http, "/audit/checkpoint");

        var factId = await Scalar<Guid>("select fact_id from audit.log where idx = 77");
        var proof = await Json(http, $"/audit/proof/inclusion?fact={factId}");
        Assert.True(MerkleProof.VerifyInclusion(Hex(proof, "leaf"), 77, 310, Hex(younger, "root"), Path(proof)));
        var consistency = await Json(http, "/audit/proof/consistency?from=10&to=310");
        Assert.True(MerkleProof.VerifyConsistency(10, Hex(older, "root"), 310, Hex(younger, "root"), Path(consistency)));

        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync($"/audit/proof/inclusion?fact={Guid.NewGuid()}", TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await http.GetAsync("/audit/proof/consistency?from=10&to=311", TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await host.Http.GetAsync("/audit/checkpoint", TestContext.Current.CancellationToken)).StatusCode);
    }

    // Three checkpoints of 10, 20 and 30 facts; then somebody with all rights on the database changes one thing.
    [Theory]
    [InlineData("update audit.fact set body = replace(encode(body, 'escape'), 'demo-hospital', 'demo-hospitax')::bytea where fact_id = $f", "fact $f of $t: body altered (log index 12)")]
    [InlineData("update audit.fact set resident = 'somebody' where fact_id = $f", "fact $f of $t: resident column altered (log index 12)")]
    [InlineData("update audit.fact set institution = null where fact_id = $f", "fact $f of $t: institution column altered (log index 12)")]
    [InlineData("update audit.fact set detail = '\\x00' where fact_id = $f", "fact $f of $t: detail altered (log index 12)")]
    [InlineData("update audit.fact set leaf = sha256(leaf) where fact_id = $f", "fact $f of $t: leaf column altered (log index 12)")]
    [InlineData("update audit.fact set mac = sha256(mac) where fact_id = $f", "fact $f of $t: not written by this platform, or its mac was altered (log index 12)")]
    [InlineData("update audit.fact set at = at - interval '1 second' where fact_id = $f", "fact $f of $t: deleted (log index 12)")]
    [InlineData("delete from audit.fact where fact_id = $f", "fact $f of $t: deleted (log index 12)")]
    [InlineData("delete from audit.log where idx = 12", "log index 12 missing")]
    [InlineData("delete from audit.log where idx between 12 and 14", "log indices 12 to 14 missing")]
    [InlineData("delete from audit.log where idx = 29", "checkpoint 30: the log has only 29 entries")]
    [InlineData("update audit.log l set leaf = o.leaf from audit.log o where (l.idx, o.idx) in ((12, 13), (13, 12))", "checkpoint 20: root differs from the log, here and later")]
    [InlineData("update audit.log l set leaf = o.leaf from audit.log o where (l.idx, o.idx) in ((12, 13), (13, 12))", "fact $f of $t: leaf in the log is another one: leaves swapped, or fact and leaf rewritten (log index 12)")]
    [InlineData("update audit.checkpoint set root = sha256(root) where size = 20", "checkpoint 20: root differs from the log, here and later")]
    [InlineData("update audit.checkpoint set at = at - interval '1 day' where size = 20", "checkpoint 20: signature wrong")]
    [InlineData("update audit.checkpoint set at = at - interval '1 day' where size = 20", "checkpoint 20: differs from the file (line 2)")]
    [InlineData("update audit.checkpoint set horizon = '1' where size = 20", "checkpoint 20: signature wrong")]
    [InlineData("update audit.checkpoint set signature = o.signature from audit.checkpoint o where audit.checkpoint.size = 20 and o.size = 10", "checkpoint 20: signature wrong")]
    [InlineData("delete from audit.checkpoint where size = 20", "checkpoint 20: in the file (line 2), not in the database")]
    [InlineData("delete from audit.checkpoint where size = 30", "checkpoint 30: in the file (line 3), not in the database")]
    [InlineData("insert into audit.fact (fact_id, at, body, leaf, mac, tx) select '11111111-1111-1111-1111-111111111111', at, body, leaf, mac, tx from audit.fact where fact_id = $f", "fact 11111111-1111-1111-1111-111111111111 of $t: missing in the log although older than checkpoint 30")]
    [InlineData("insert into audit.fact (fact_id, at, body, leaf, mac) select fact_id, at + interval '1 hour', body, leaf, sha256(mac) from audit.fact where fact_id = $f", "not written by this platform, or its mac was altered (not in the log)")]
    [InlineData("insert into audit.fact (fact_id, at, body, leaf, mac, tx) select fact_id, at + interval '1 hour', body, leaf, mac, '4611686018427387904' from audit.fact where fact_id = $f", "of a transaction that has not been yet (not in the log)")]
    [InlineData("insert into audit.signing_key (key_id, public_key) values ('0123456789abcdef', '\\x00')", "signing key 0123456789abcdef in the database is not the one in the data folder")]
    public async Task names_the_place_of_whatever_was_altered(string sql, string expected)
    {
        await ThreeCheckpoints();
        var factId = await Scalar<Guid>("select fact_id from audit.log where idx = 12");
        var at = await Scalar<string>("select to_char(at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') from audit.log where idx = 12");
        await Forge(sql.Replace("$f", $"'{factId}'", StringComparison.Ordinal));

        var verdict = await Verify();
        Assert.Contains(verdict.Findings, finding => finding.Contains(expected.Replace("$f", $"{factId}", StringComparison.Ordinal).Replace("$t", at, StringComparison.Ordinal), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("update audit.node set hash = sha256(hash) where level = 1 and idx = 0", "node 0 of level 1: differs from the log")]
    [InlineData("delete from audit.node where level = 1 and idx = 0", "node 0 of level 1: missing")]
    [InlineData("insert into audit.node (level, idx, hash) values (2, 0, sha256(''))", "1 nodes more than the log has")]
    public async Task names_the_altered_node_from_which_proofs_are_made(string sql, string expected)
    {
        await using var host = await Start();
        await Record(host, 260);
        await LogUntil(host, 260);
        Assert.Equal((true, 260L), await Verified());
        await Forge(sql);
        Assert.Equal([expected], (await Verify()).Findings);
    }

    [Fact]
    public async Task rewritten_with_new_checkpoints_of_another_key_is_caught_by_key_and_file()
    {
        await ThreeCheckpoints();
        await Forge("delete from audit.fact where fact_id = (select fact_id from audit.log where idx = 12); truncate audit.log, audit.node, audit.checkpoint, audit.signing_key");
        var other = System.IO.Directory.CreateTempSubdirectory("health-forger-").FullName;
        System.IO.Directory.CreateDirectory(Path2(other, "keys"));
        File.Copy(Path2(folder, "keys", "kek.json"), Path2(other, "keys", "kek.json"));
        await using (var host = await Start(dataFolder: other)) await host.Services.GetRequiredService<AuditSequencer>().BringUpToDate(default);
        Assert.True((await AuditVerifier.Run(connectionString, other)).IsIntact);

        var verdict = await Verify();
        Assert.Contains(verdict.Findings, finding => finding == "checkpoint 29: signature wrong");
        Assert.Contains(verdict.Findings, finding => finding == "checkpoint 10: in the file (line 1), not in the database");
        Assert.Contains(verdict.Findings, finding => finding.StartsWith("signing key ", StringComparison.Ordinal));
        System.IO.Directory.Delete(other, true);
    }

    [Fact]
    public async Task set_back_to_an_older_state_is_not_signed_any_further()
    {
        await ThreeCheckpoints();
        await Forge("delete from audit.checkpoint where size = 30; delete from audit.log where idx >= 20");
        await using var host = await Start();
        await Record(host, 1);
        var broken = await Assert.ThrowsAsync<AuditLogBrokenException>(() => host.Services.GetRequiredService<AuditSequencer>().BringUpToDate(default));
        Assert.Contains("was set back", broken.Message);
        Assert.Equal(2L, await Scalar<long>("select count(*) from audit.checkpoint"));
    }

    [Fact]
    public async Task adds_to_the_file_what_a_crash_kept_out_of_it()
    {
        await ThreeCheckpoints();
        var path = new CheckpointFile(folder).Path;
        var lines = await File.ReadAllLinesAsync(path, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(path, $"{lines[0]}\n{lines[1]}\n{lines[2][..50]}", TestContext.Current.CancellationToken);
        await using (var host = await Start()) await host.Services.GetRequiredService<AuditSequencer>().BringUpToDate(default);

        Assert.Equal(lines, await File.ReadAllLinesAsync(path, TestContext.Current.CancellationToken));
        Assert.Equal((true, 30L), await Verified());
    }

    /// <summary>The horizon is the cluster's: a transaction of another database, however short, can hold back what was just written.</summary>
    private async Task LogUntil(TestHost host, long size)
    {
        using var pause = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        do await host.Services.GetRequiredService<AuditSequencer>().BringUpToDate(default);
        while (await Scalar<long>("select count(*) from audit.log") < size && await pause.WaitForNextTickAsync(TestContext.Current.CancellationToken));
    }

    private async Task ThreeCheckpoints()
    {
        await using var host = await Start();
        for (var i = 0; i < 3; i++)
        {
            await host.Services.GetRequiredService<AuditSequencer>().BringUpToDate(default);
            var statement = host.Services.GetRequiredService<IAuditTrail>().Prepare([.. Enumerable.Range(0, 10).Select(n => An_audit_fact.Fact($"r{n}", "personal detail"))]);
            await using var source = NpgsqlDataSource.Create(connectionString);
            await using var command = source.CreateCommand(statement.Text);
            foreach (var value in statement.Parameters) command.Parameters.Add(new NpgsqlParameter { Value = value });
            await command.ExecuteNonQueryAsync();
            await LogUntil(host, 10 * (i + 1));
        }

        Assert.Equal("10,20,30", await Scalar<string>("select string_agg(size::text, ',' order by size) from audit.checkpoint"));
    }

    private Task<TestHost> Start(bool withCaller = false, string? dataFolder = null) => TestHost.Start(
        database, ["Broker"], builder =>
        {
            builder.Configuration["Health:DataFolder"] = dataFolder ?? folder;
            if (withCaller) TestCaller.Use(builder);
        }, connectionString);

    private static Task Record(TestHost host, int count) => Task.WhenAll(Enumerable.Range(0, count).Select(i =>
        host.Services.GetRequiredService<IAuditTrail>().Record(An_audit_fact.Fact($"r{i % 7}", i % 2 == 0 ? "detail" : null), default).AsTask()));

    private Task<AuditVerdict> Verify() => AuditVerifier.Run(connectionString, folder);

    private async Task<(bool, long)> Verified()
    {
        var verdict = await Verify();
        Assert.Empty(verdict.Findings);
        return (verdict.IsIntact, verdict.Size);
    }

    // What a superuser can do: the promise is detection, not prevention.
    private async Task Forge(string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(
            "do $$ declare t regclass; begin for t in select distinct tgrelid::regclass from pg_trigger where tgname in ('append_only', 'never_empty') and tgparentid = 0 loop execute format('alter table %s disable trigger user', t); end loop; end $$;"
            + sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private async Task<T> Scalar<T>(string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    private static async Task<JsonElement> Json(HttpClient http, string path)
    {
        using var document = JsonDocument.Parse(await http.GetStringAsync(path));
        return document.RootElement.Clone();
    }

    private static byte[] Hex(JsonElement json, string name) => Convert.FromHexString(json.GetProperty(name).GetString()!);

    private static List<byte[]> Path(JsonElement json) => [.. json.GetProperty("path").EnumerateArray().Select(hash => Convert.FromHexString(hash.GetString()!))];

    private static string Path2(params string[] parts) => System.IO.Path.Combine(parts);
}
