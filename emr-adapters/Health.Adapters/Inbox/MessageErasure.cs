using System.Data.Common;
using Health.Contracts;

namespace Health.Adapters.Inbox;

/// <summary>
/// A message about several residents is sealed under a key that is wrapped by the first one's. When another of them is erased the wrapped key is removed, so that
/// the message never opens again: the records of the others stay. Messages about one resident close with that resident's key.
/// </summary>
internal sealed class MessageErasure : IErasureParticipant
{
    /// <summary>No key has this name.</summary>
    private const string Destroyed = "destroyed";

    public async ValueTask Erase(DbConnection connection, DbTransaction transaction, string residentId, IReadOnlyList<Guid> identifiers, CancellationToken ct)
    {
        await using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText =
            $"""
            update adapters.inbox set wrapped_by = '{Destroyed}', wrapped_key = ''
            where message_id in (select message_id from adapters.message_resident where resident_id = $1)
            """;
        var resident = command.CreateParameter();
        resident.Value = residentId;
        command.Parameters.Add(resident);
        await command.ExecuteNonQueryAsync(ct);
    }
}
