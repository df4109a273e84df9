namespace Health.Contracts;

/// <summary>
/// One access, as it goes into the log that cannot be altered unnoticed. <paramref name="Action"/> is C, R, U, D or E (BALP);
/// <paramref name="Outcome"/> 0 success, 4 refused, 8 failed. <c>Detail</c> (raw query, patient identifiers searched for) is
/// personal and stored sealed; everything else is stored readable and must name no person.
/// </summary>
public sealed record AuditFact(
    Guid FactId,
    DateTimeOffset At,
    string Action,
    string Interaction,
    int Outcome,
    string Actor,
    string ClientId,
    string? InstitutionCode,
    PurposeOfUse Purpose,
    string RequestId)
{
    public string? ResidentId { get; init; }

    /// <summary>What was touched, e.g. <c>Patient/abc/_history/3</c>; null for a search.</summary>
    public string? Target { get; init; }

    public string? Detail { get; init; }

    /// <summary>Reason code of a denial.</summary>
    public string? Reason { get; init; }
}

/// <summary>A statement that belongs into the writer's own transaction. Parameters are positional ($1 …).</summary>
public sealed record SqlStatement(string Text, IReadOnlyList<object> Parameters);

/// <summary>The audit log (Broker).</summary>
public interface IAuditTrail
{
    /// <summary>For writes: the insert that goes into the same transaction as what it reports.</summary>
    SqlStatement Prepare(IReadOnlyList<AuditFact> facts);

    /// <summary>For reads and refusals: durable when it returns, so call it before the response body is sent. Concurrent calls share a commit.</summary>
    ValueTask Record(AuditFact fact, CancellationToken ct);
}

/// <summary>Who read what of one resident, newest first: the resident's own question and the commission's.</summary>
public interface IAccessLog
{
    ValueTask<IReadOnlyList<AccessEntry>> OfResident(string residentId, int limit, CancellationToken ct);
}

public sealed record AccessEntry(long? LogIndex, AuditFact Fact);

/// <summary>The fact of an access could not be made durable, so the access must not happen: an HTTP door answers 503.</summary>
public sealed class AuditUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
