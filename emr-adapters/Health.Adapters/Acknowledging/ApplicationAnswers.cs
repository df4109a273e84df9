using Health.Adapters.Inbox;
using Health.Adapters.Sources;
using Health.Contracts;
using Health.Hl7v2;
using Npgsql;

namespace Health.Adapters.Acknowledging;

/// <summary>What the application says about a message: AA it is a record, AE it is kept in quarantine, AR its kind is not taken.</summary>
internal sealed record ApplicationAnswer(Hl7AckCode Code, byte[] Ack);

/// <summary>Makes application acknowledgements from what the inbox says became of a message. The same outcome gives the same MSH-10, however often it is told.</summary>
internal sealed class ApplicationAnswers(NpgsqlDataSource database, IKeyring keyring, SourceRegistry sources, ProcessedMessages finished, TimeProvider time)
{
    /// <summary>Waits until the message is processed; null when that takes longer than the source is willing to wait.</summary>
    public async Task<ApplicationAnswer?> Await(string messageId, TimeSpan atMost, CancellationToken ct)
    {
        try
        {
            var told = finished.Of(messageId);
            if (await Find(messageId, ct) is { } known) return known;
            await told.WaitAsync(atMost, time, ct);
        }
        catch (TimeoutException)
        {
            return null;
        }
        finally
        {
            finished.Forget(messageId);
        }

        return await Find(messageId, ct);
    }

    /// <summary>Null while the message is not processed, and when its key was destroyed.</summary>
    public async Task<ApplicationAnswer?> Find(string messageId, CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            """
            select state, source_id, sealed_body, key_id, wrapped_by, wrapped_key, sealed_problems, finished_at, kind, charset
            from adapters.inbox left join adapters.quarantine using (message_id) where message_id = $1 and state <> 'received'
            """);
        command.Parameters.Add(new() { Value = messageId });
        await using var reader = await command.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct)) return null;
        var isKept = reader.GetString(0) == "quarantined";
        var (source, body) = (reader.GetString(1), reader.GetFieldValue<byte[]>(2));
        var wrapped = new WrappedKey(reader.GetString(3), reader.GetString(4), reader.GetFieldValue<byte[]>(5));
        var problems = !isKept || await reader.IsDBNullAsync(6, ct) ? null : reader.GetFieldValue<byte[]>(6);
        var at = await reader.IsDBNullAsync(7, ct) ? time.GetUtcNow() : reader.GetFieldValue<DateTimeOffset>(7);
        var charset = StoredCharset.Of(reader.GetString(8), sources.ById(source), reader.GetString(9));
        await reader.DisposeAsync();
        if (await MessageSeal.KeyOf(keyring, wrapped, ct) is not { } key) return null;
        using var message = Hl7Message.Read(key.Open(body, MessageSeal.BodyPlace(messageId)), charset).Message;
        if (message is null) return null;
        var said = problems is null ? [] : MessageSeal.OpenProblems(key, messageId, problems);
        var code = !isKept ? Hl7AckCode.AA : said.Any(problem => IsOfKind(problem.ErrCode)) ? Hl7AckCode.AR : Hl7AckCode.AE;
        var controlId = keyring.DeriveId("Acknowledgement", "urn:health:application-ack", $"{messageId}|{code}").Replace("-", "", StringComparison.Ordinal);
        return new ApplicationAnswer(code, AckBuilder.Build(message, code, controlId[..Math.Min(20, controlId.Length)], at, Told(said)));
    }

    /// <summary>A refusal of the record store may quote what it refuses; place and code say enough to find it.</summary>
    private static IReadOnlyList<Hl7Diagnostic> Told(IReadOnlyList<Hl7Diagnostic> problems) =>
        [.. problems.Select(problem => problem.ErrCode == Hl7ErrorCode.Internal ? problem with { Text = "The message is kept for a person to look at." } : problem)];

    private static bool IsOfKind(string code) =>
        code is Hl7ErrorCode.UnsupportedMessageType or Hl7ErrorCode.UnsupportedEvent or Hl7ErrorCode.UnsupportedProcessingId or Hl7ErrorCode.UnsupportedVersion;
}
