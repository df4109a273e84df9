using System.Security.Claims;

namespace Health.Contracts;

/// <summary>Why data is used (http://terminology.hl7.org/CodeSystem/v3-ActReason); the names are the codes.</summary>
public enum PurposeOfUse
{
    /// <summary>Treatment.</summary>
    TREAT,
    /// <summary>Emergency treatment: break-glass, reviewed afterwards.</summary>
    ETREAT,
    /// <summary>Payment.</summary>
    HPAYMT,
    /// <summary>Operations of the platform itself.</summary>
    HOPERAT,
    /// <summary>Public health.</summary>
    PUBHLTH,
    /// <summary>The resident asks for the own record.</summary>
    PATRQT,
}

/// <summary>Claim names of an access token, as the identity module issues and every door reads them.</summary>
public static class ClaimNames
{
    public const string Client = "client_id";
    public const string Subject = "sub";
    public const string Scope = "scope";
    /// <summary>Code of the institution the client or user acts for.</summary>
    public const string Institution = "institution";
    /// <summary>Resident whose own record the token is for.</summary>
    public const string Resident = "resident";
    /// <summary>Roles: <c>clinician</c>, <c>commission</c>, <c>operator</c>, <c>resident</c>, <c>desk</c>.</summary>
    public const string Role = "role";
}

/// <summary>Who asks, as authenticated. <paramref name="Scopes"/> are SMART v2 scopes (<c>system/Patient.rs</c>) and the platform's own.</summary>
public sealed record Caller(
    string ClientId,
    string? UserId,
    string? InstitutionCode,
    string? ResidentId,
    IReadOnlyList<string> Roles,
    IReadOnlyList<string> Scopes,
    PurposeOfUse Purpose,
    string RequestId)
{
    /// <summary>The name of the actor in event headers and audit facts.</summary>
    public string Actor => UserId is null ? $"client:{ClientId}" : $"user:{UserId}";

    /// <summary>Reads the claims of an authenticated principal; null when it is not authenticated or names no client.</summary>
    public static Caller? From(ClaimsPrincipal principal, string requestId, PurposeOfUse purpose = PurposeOfUse.TREAT)
    {
        if (principal.Identity?.IsAuthenticated != true || principal.FindFirst(ClaimNames.Client)?.Value is not { } client) return null;
        var subject = principal.FindFirst(ClaimNames.Subject)?.Value;
        return new Caller(
            client,
            subject == client ? null : subject,
            principal.FindFirst(ClaimNames.Institution)?.Value,
            principal.FindFirst(ClaimNames.Resident)?.Value,
            [.. principal.FindAll(ClaimNames.Role).Select(claim => claim.Value)],
            [.. principal.Claims.Where(claim => claim.Type is ClaimNames.Scope or "oi_scp").SelectMany(claim => claim.Value.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Distinct()],
            purpose,
            requestId);
    }
}

/// <summary>FHIR interaction as SMART v2 letters see it.</summary>
public enum AccessKind { Create, Read, Update, Delete, Search }

public sealed record AccessRequest(Caller Caller, AccessKind Kind, string ResourceType);

/// <summary>Permit with the rows that may be seen or touched, or deny with the reason code that goes to the audit.</summary>
public abstract record AccessDecision
{
    private AccessDecision() { }

    public sealed record Permit(AccessFilter Filter) : AccessDecision;

    public sealed record Deny(string Reason) : AccessDecision;
}

/// <summary>
/// Which stored resources a caller may see: a closed expression that every search and read compiles into its own SQL.
/// Rows are judged by what is stored about them at write time: resident, institution that wrote them, type, labels.
/// </summary>
public abstract record AccessFilter
{
    private AccessFilter() { }

    public sealed record Everything : AccessFilter;

    public sealed record Nothing : AccessFilter;

    /// <summary>Resources that concern one of these residents.</summary>
    public sealed record OfResidents(IReadOnlyList<string> ResidentIds) : AccessFilter;

    /// <summary>Resources written by this institution.</summary>
    public sealed record WrittenBy(string InstitutionCode) : AccessFilter;

    /// <summary>Resources of residents who have a record (Patient or Encounter) written by this institution.</summary>
    public sealed record TreatedAt(string InstitutionCode) : AccessFilter;

    /// <summary>Resources that concern no resident (Organization, Practitioner, terminology).</summary>
    public sealed record NotPersonal : AccessFilter;

    public sealed record OfTypes(IReadOnlyList<string> ResourceTypes) : AccessFilter;

    public sealed record AllOf(IReadOnlyList<AccessFilter> Parts) : AccessFilter;

    public sealed record AnyOf(IReadOnlyList<AccessFilter> Parts) : AccessFilter;
}

/// <summary>The one place that decides (Broker). Deny by default.</summary>
public interface IAccessPolicy
{
    ValueTask<AccessDecision> Decide(AccessRequest request, CancellationToken ct);
}
