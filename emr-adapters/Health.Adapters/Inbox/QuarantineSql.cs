using Health.Hl7v2;
using Npgsql;

namespace Health.Adapters.Inbox;

/// <summary>The reason beside a quarantined message: code and path readable, all else sealed.</summary>
internal static class QuarantineSql
{
    public static Task Put(NpgsqlConnection connection, string messageId, DateTimeOffset at, Hl7Diagnostic first, byte[] sealedProblems, CancellationToken ct) =>
        InboxSql.Execute(
            connection,
            """
            insert into adapters.quarantine (message_id, quarantined_at, err_code, path, sealed_problems) values ($1, $2, $3, $4, $5)
            on conflict (message_id) do update set quarantined_at = excluded.quarantined_at, err_code = excluded.err_code,
                path = excluded.path, sealed_problems = excluded.sealed_problems
            """,
            ct, messageId, at.UtcDateTime, first.ErrCode, first.Path, sealedProblems);
}
