using Health.Contracts;
using Npgsql;

namespace Health.Adapters.Outbound;

/// <summary>Audit facts of what goes out, as statements of the transaction that decides it.</summary>
internal static class OutboxSql
{
    /// <summary>A statement of another module, in this one's transaction.</summary>
    public static NpgsqlBatchCommand Command(SqlStatement statement)
    {
        var command = new NpgsqlBatchCommand(statement.Text);
        foreach (var value in statement.Parameters) command.Parameters.Add(new NpgsqlParameter { Value = value });
        return command;
    }

    /// <summary>The disclosure: from its transaction on the message goes out.</summary>
    public static AuditFact Fact(IKeyring keyring, DestinationProfile destination, OutboxRow row, DateTimeOffset at)
    {
        var caller = SystemCaller.Of(destination.Id, destination.InstitutionCode, row.MessageId);
        return new AuditFact(
            keyring.Blind("adapters.outbound.fact", row.MessageId), at, "R", "adapters.outbound", 0, caller.Actor, caller.ClientId, caller.InstitutionCode, caller.Purpose, caller.RequestId)
        {
            ResidentId = row.ResidentId,
            Target = row.Resource,
        };
    }
}
