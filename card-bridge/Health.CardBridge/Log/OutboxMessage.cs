using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Health.Contracts;
using NpgsqlTypes;

namespace Health.CardBridge.Log;

/// <summary>A message written in the transaction of the fact it tells, delivered afterwards, at least once.</summary>
public sealed record OutboxMessage(Guid MessageId, string Kind, string Body, DateTimeOffset At)
{
    /// <summary>Kind of a debit to be told to the operator; the body names the visit alone.</summary>
    public const string OperatorTransaction = "operator-transaction";

    /// <summary>Kind of a card whose purse is to be blocked or freed, as the card stands when the message is delivered; the body names the card alone.</summary>
    public const string OperatorBlock = "operator-block";

    /// <summary>Kind of the purse of a chip that was replaced, to be blocked for good; the body is an <see cref="OldPurse"/>.</summary>
    public const string OperatorBlockOld = "operator-block-old";

    public sealed record OldPurse(string CardId, SealedPayload Number);

    public static OutboxMessage Block(string cardId, long version, DateTimeOffset at) => new(IdOf("block", cardId, version.ToString()), OperatorBlock, JsonSerializer.Serialize(cardId), at);

    public static OutboxMessage BlockOld(string cardId, long version, SealedPayload number, DateTimeOffset at) =>
        new(IdOf("block-old", cardId, version.ToString()), OperatorBlockOld, JsonSerializer.Serialize(new OldPurse(cardId, number)), at);

    /// <summary>Kind of a debit a desk made alone, to be told to the operator; and of an offline visit to be written into the record.</summary>
    public const string OfflineTransaction = "operator-offline-transaction", OfflineVisitRecord = "offline-visit-record";

    /// <summary>Kind of the outcome of a load, to be told to the operator; the body names the load alone.</summary>
    public const string OperatorLoad = "operator-load-outcome";

    public static OutboxMessage LoadOutcome(string loadId, DateTimeOffset at) => new(IdOf("load-outcome", loadId), OperatorLoad, JsonSerializer.Serialize(loadId), at);

    /// <summary>Names an offline visit and its debit.</summary>
    public sealed record OfflineDebitBody(string VisitTx, string Key);

    public static OutboxMessage OfflineDebit(string visitTx, string key, DateTimeOffset at) =>
        new(IdOf("offline-debit", key), OfflineTransaction, JsonSerializer.Serialize(new OfflineDebitBody(visitTx, key)), at);

    public static OutboxMessage OfflineRecord(string visitTx, string step, DateTimeOffset at) => new(IdOf("offline-record", visitTx, step), OfflineVisitRecord, JsonSerializer.Serialize(visitTx), at);

    public static OutboxMessage Of<T>(T notice) where T : INotice => new(notice.NoticeId, typeof(T).Name, JsonSerializer.Serialize(notice), notice.At);

    public static OutboxMessage Debit(string visitTx, DateTimeOffset at) => new(IdOf("debit", visitTx), OperatorTransaction, JsonSerializer.Serialize(visitTx), at);

    /// <summary>The same parts give the same id, so that a repeat is recognised by whoever gets it.</summary>
    public static Guid IdOf(params ReadOnlySpan<string> parts) => new(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', parts!)))[..16]);

    public SqlStatement Insert() => new(
        "insert into cards.outbox (message_id, kind, body, made_at) values ($1, $2, $3, $4) on conflict (message_id) do nothing",
        [MessageId, Kind, new Npgsql.NpgsqlParameter { Value = Body, NpgsqlDbType = NpgsqlDbType.Jsonb }, At.ToUniversalTime()]);
}
