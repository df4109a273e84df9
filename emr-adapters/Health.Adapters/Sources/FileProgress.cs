using Health.Adapters.Inbox;
using Npgsql;

namespace Health.Adapters.Sources;

/// <param name="Taken">Messages of the file that are in the inbox or were refused.</param>
/// <param name="Faults">How many of them were not accepted.</param>
/// <param name="Answered">Bytes of the answers that belong to them.</param>
internal readonly record struct FileMark(int Taken, int Faults, long Answered);

/// <summary>How far a dropped file has been read. It moves after its messages are durable; the inbox knows those that are read again after a crash.</summary>
internal sealed class FileProgress(NpgsqlDataSource database)
{
    /// <summary>The beginning for a file of that name with other content.</summary>
    public async Task<FileMark> Read(string sourceId, string name, byte[] sha256, CancellationToken ct)
    {
        await using var command = database.CreateCommand("select taken, faults, answered from adapters.file_progress where source_id = $1 and name = $2 and sha256 = $3");
        foreach (var value in (object[])[sourceId, name, sha256]) command.Parameters.Add(new() { Value = value });
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? new FileMark(reader.GetInt32(0), reader.GetInt32(1), reader.GetInt64(2)) : default;
    }

    public Task Write(string sourceId, string name, byte[] sha256, FileMark mark, CancellationToken ct) => Execute(
        """
        insert into adapters.file_progress values ($1, $2, $3, $4, $5, $6)
        on conflict (source_id, name) do update set sha256 = excluded.sha256, taken = excluded.taken, faults = excluded.faults, answered = excluded.answered
        """,
        ct, sourceId, name, sha256, mark.Taken, mark.Faults, mark.Answered);

    public Task Forget(string sourceId, string name, CancellationToken ct) => Execute("delete from adapters.file_progress where source_id = $1 and name = $2", ct, sourceId, name);

    private async Task Execute(string sql, CancellationToken ct, params object?[] parameters)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await InboxSql.Execute(connection, sql, ct, parameters);
    }
}
