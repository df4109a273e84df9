using System.Collections.Concurrent;
using System.Globalization;
using Health.Hl7v2;
using Npgsql;

namespace Health.Adapters.Inbox;

/// <summary>
/// The sequence number protocol (HL7 v2.5.1 §2.10.1): which number each source must send next. The book moves on after a message is durable;
/// a crash between the two is mended by the repeat, which is known to the inbox.
/// </summary>
internal sealed class SequenceBook(NpgsqlDataSource database)
{
    private readonly ConcurrentDictionary<string, SemaphoreSlim> turns = new(StringComparer.Ordinal);

    /// <summary>MSH-13 as a number: -1 asks for the number that is expected, 0 begins anew. Null when it is neither of these nor positive.</summary>
    public static long? NumberOf(Hl7Message message) =>
        long.TryParse(message.Get("MSH-13"), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number is >= -1 and < long.MaxValue ? number : null;

    /// <summary>One message of a source at a time, from looking at the book to moving it on.</summary>
    public async Task<T> InTurn<T>(string sourceId, Func<Task<T>> work, CancellationToken ct)
    {
        var turn = turns.GetOrAdd(sourceId, _ => new SemaphoreSlim(1, 1));
        await turn.WaitAsync(ct);
        try
        {
            return await work();
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>Null when the source was never heard: then any number begins the sequence.</summary>
    public async Task<long?> Expected(string sourceId, CancellationToken ct)
    {
        await using var command = database.CreateCommand("select expected from adapters.sequence where source_id = $1");
        command.Parameters.Add(new() { Value = sourceId });
        return await command.ExecuteScalarAsync(ct) as long?;
    }

    public async Task Expect(string sourceId, long next, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await InboxSql.Execute(connection, "insert into adapters.sequence values ($1, $2) on conflict (source_id) do update set expected = excluded.expected", ct, sourceId, next);
    }

    public async Task<bool> IsKnown(string messageId, CancellationToken ct)
    {
        await using var command = database.CreateCommand("select exists (select from adapters.inbox where message_id = $1)");
        command.Parameters.Add(new() { Value = messageId });
        return (bool)(await command.ExecuteScalarAsync(ct))!;
    }
}
