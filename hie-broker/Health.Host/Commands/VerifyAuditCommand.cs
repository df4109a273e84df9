using System.CommandLine;
using Health.Broker.Audit.Verification;
using Health.Host.EmbeddedPostgres;

namespace Health.Host.Commands;

/// <summary><c>health verify-audit</c>: recomputes the whole audit log; exit code 0 when intact, 1 with the places when not.</summary>
public static class VerifyAuditCommand
{
    public static Command Create()
    {
        var command = new Command("verify-audit", "Proves that no audit fact was altered, or names the place. 校验审计日志");
        var platform = new PlatformAddress.Options();
        var database = new Option<string?>("--database") { Description = "Connection string, when the platform runs on a PostgreSQL of its own." };
        command.Options.Add(database);
        platform.AddTo(command);
        command.SetAction((parsed, ct) => Verify(platform.Read(parsed), parsed.GetValue(database), ct));
        return command;
    }

    private static async Task<int> Verify(PlatformAddress platform, string? database, CancellationToken ct)
    {
        await using var cluster = database is null ? await PostgresCluster.Attach(platform.PostgresFolder, ct) : null;
        var verdict = await AuditVerifier.Run(database ?? cluster!.ConnectionString("health"), platform.Data, ct: ct);
        Terminal.WriteLine(verdict);
        return verdict.IsIntact ? 0 : 1;
    }
}
