using System.Security.Claims;
using Health.Contracts;

namespace Health.Console.Audit;

/// <summary>
/// The commission's questions about a resident: who is it, and who read what. Each question is itself an access and is in the audit log
/// before it is answered; without an audit log none is answered.
/// </summary>
public sealed class AccessQuestions(IResidentIndex residents, IAccessLog log, IAuditTrail audit, TimeProvider time)
{
    public const int MaxEntries = 200;

    /// <summary>The resident of a strong identifier; null when nobody has it. The identifier itself is kept sealed.</summary>
    public async Task<string?> Find(ClaimsPrincipal asker, PersonIdentifier identifier, CancellationToken ct)
    {
        var resident = await residents.Find(identifier, ct);
        await audit.Record(Fact(asker, "resident-lookup") with { ResidentId = resident, Detail = $"{identifier.System}|{identifier.Value}" }, ct);
        return resident;
    }

    /// <summary>Newest first, at most <see cref="MaxEntries"/>; this very question is the first of them next time.</summary>
    public async Task<IReadOnlyList<AccessEntry>> OfResident(ClaimsPrincipal asker, string residentId, CancellationToken ct)
    {
        await audit.Record(Fact(asker, "access-log") with { ResidentId = residentId, Target = $"AccessLog/{residentId}" }, ct);
        return await log.OfResident(residentId, MaxEntries, ct);
    }

    private AuditFact Fact(ClaimsPrincipal asker, string interaction)
    {
        var user = asker.FindFirst(ClaimNames.Subject)?.Value ?? throw new InvalidOperationException("The console was asked without a signed-in user.");
        return new AuditFact(Guid.NewGuid(), time.GetUtcNow(), "R", interaction, 0, $"user:{user}", SignIn.ConsoleSignIn.Client,
            asker.FindFirst(ClaimNames.Institution)?.Value, PurposeOfUse.HOPERAT, Guid.NewGuid().ToString("n"));
    }
}
