using System.Text;
using Health.Adapters.Inbox;
using Health.Adapters.Sources;
using Health.Contracts;
using Health.Hl7v2;
using Marten;
using Npgsql;

namespace Health.Adapters.Quarantine;

/// <summary>What an operator does with messages that wait: look at one, correct it, send it through again.</summary>
internal sealed class QuarantineDesk(
    NpgsqlDataSource database, IDocumentStore store, IKeyring keyring, SourceRegistry sources, NodeIdentity node, InboxSignal signal, TimeProvider time)
{
    /// <summary>Null when it is not in quarantine, or its key was destroyed.</summary>
    public async Task<(MarkedMessage Message, string? ResidentId)?> Read(string messageId, CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            """
            select sealed_body, key_id, wrapped_by, wrapped_key, sealed_problems, kind, source_id, resident_id, charset
            from adapters.inbox join adapters.quarantine using (message_id) where message_id = $1 and state = 'quarantined'
            """);
        command.Parameters.Add(new() { Value = messageId });
        await using var reader = await command.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct)) return null;
        var body = reader.GetFieldValue<byte[]>(0);
        var wrapped = new WrappedKey(reader.GetString(1), reader.GetString(2), reader.GetFieldValue<byte[]>(3));
        var problems = reader.GetFieldValue<byte[]>(4);
        var charset = StoredCharset.Of(reader.GetString(5), sources.ById(reader.GetString(6)), reader.GetString(8));
        var resident = await reader.IsDBNullAsync(7, ct) ? null : reader.GetString(7);
        await reader.DisposeAsync();
        if (await MessageSeal.KeyOf(keyring, wrapped, ct) is not { } key) return null;
        using var message = Hl7Message.Read(key.Open(body, MessageSeal.BodyPlace(messageId)), charset).Message;
        return message is null ? null : (MarkedMessage.Of(messageId, message, MessageSeal.OpenProblems(key, messageId, problems)), resident);
    }

    /// <summary>
    /// Stores an operator's text as a new message that stands for the quarantined one. Until the correction is a record, the original stays;
    /// if the correction is quarantined too, it is the one to correct next. It stands where the original arrived: what later messages of the patient say stays.
    /// </summary>
    /// <returns>The id of the new message, or why there is none.</returns>
    public async Task<(string? MessageId, Refusal? Refusal)> Correct(string messageId, string text, Caller caller, CancellationToken ct)
    {
        var read = Hl7Message.Read(Encoding.UTF8.GetBytes(text), Hl7Charset.Utf8);
        using var message = read.Message;
        if (message is null || read.Diagnostics.Any(problem => problem.IsError))
            return (null, Refusal.Unprocessable(string.Join(' ', read.Diagnostics.Where(problem => problem.IsError).Select(problem => $"{problem.Path}: {problem.Text}")), read.Diagnostics[0].Path));
        await using var transaction = await LogTransaction.Begin(database, ct);
        if (await StandingOf(transaction.Connection, messageId, ct) is not var (sourceId, place)) return (null, Refusal.NotFound("No message of that id waits in the quarantine."));
        if (sources.ById(sourceId) is not { } source) return (null, Refusal.Conflict($"Source {sourceId} of this message is no longer configured."));

        var now = time.GetUtcNow();
        var id = keyring.DeriveId("Message", "urn:health:correction", Guid.CreateVersion7(now).ToString("N"));
        var entry = EntrySealing.Seal(keyring, message, source, MessageKey.Of(message, source.AcceptsUnknownSenders), id, now) with { Kind = "correction", Corrects = messageId };
        await transaction.TakeTurn(ct);
        var claimed = await InboxSql.Execute(
            transaction.Connection, "update adapters.inbox set corrected_by = $2 where message_id = $1 and state = 'quarantined' and corrected_by is null", ct, messageId, id);
        if (claimed == 0) return (null, Refusal.Conflict("The message has a correction under way, or is no longer in quarantine."));
        await InboxSql.Insert(transaction.Connection, [entry], ct);
        await InboxSql.Execute(transaction.Connection, "update adapters.inbox set stands_at = $2 where message_id = $1", ct, id, place);
        var received = new MessageReceived(id, entry.SourceId, entry.InstitutionCode, entry.Type, Convert.ToHexStringLower(entry.BodyHash), entry.Key.KeyId, entry.Kind, now);
        await transaction.Append(store, new EventHeader(node.NodeId, caller.Actor, PurposeOfUse.HOPERAT, "quarantine"), [(id, received)], ct);
        await transaction.Commit(ct);
        signal.Received.Signal();
        return (id, null);
    }

    /// <summary>Sends a quarantined message through again as it is, at its old place: what later messages of the patient say stays. False when it is not there or has a correction under way.</summary>
    public async Task<bool> Replay(string messageId, CancellationToken ct) =>
        await Replay("message_id = $1", [new NpgsqlParameter { Value = messageId }], ct) > 0;

    /// <summary>The same for all that the filter finds, control id reuses excepted: those need a person's word one by one.</summary>
    public Task<int> ReplayAll(QuarantineFilter filter, CancellationToken ct) =>
        Replay(
            $"kind <> 'reuse' and message_id in (select message_id from adapters.inbox join adapters.quarantine using (message_id) where state = 'quarantined' and {QuarantineFilter.Condition})",
            filter.Parameters, ct);

    private async Task<int> Replay(string which, IEnumerable<NpgsqlParameter> parameters, CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            $"update adapters.inbox set state = 'received', stands_at = coalesce(stands_at, position), attempts = 0, next_attempt_at = null, finished_at = null where state = 'quarantined' and corrected_by is null and {which}");
        foreach (var parameter in parameters) command.Parameters.Add(parameter);
        var count = await command.ExecuteNonQueryAsync(ct);
        if (count > 0) signal.Received.Signal();
        return count;
    }

    private static async Task<(string SourceId, long Place)?> StandingOf(NpgsqlConnection connection, string messageId, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("select source_id, coalesce(stands_at, position) from adapters.inbox where message_id = $1 and state = 'quarantined'", connection)
        {
            Parameters = { new() { Value = messageId } },
        };
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? (reader.GetString(0), reader.GetInt64(1)) : null;
    }
}
