using Health.Contracts;
using static Health.Contracts.AccessDecision;
using static Health.Contracts.AccessFilter;

namespace Health.Broker.Access;

/// <summary>
/// The rules, deny by default: a scope must grant the interaction, then the role decides which rows. Pure. A resident's token never sees
/// beyond the resident, whatever else it carries.
/// </summary>
internal static class AccessRules
{
    public const string NoScope = "scope-does-not-grant", PatientWithoutResident = "patient-scope-without-resident",
        OutsideCompartment = "type-outside-patient-compartment", ResidentWrites = "residents-write-no-records",
        CommissionReads = "commission-reads-no-records", OperatorPurpose = "operator-reads-only-for-operations",
        DeskType = "type-not-for-desks", DefinitionByOperator = "definitions-by-operator-only",
        AuditByPlatform = "audit-is-written-by-the-platform", NoInstitution = "caller-acts-for-no-institution";

    private static readonly HashSet<string> PlatformRoles = ["commission", "operator"];

    public static AccessDecision Decide(AccessRequest request)
    {
        var (caller, kind, type) = request;
        var contexts = Granted(request);
        if (contexts.Count == 0) return new Deny(NoScope);
        if (IsWrite(kind) && type == "AuditEvent") return new Deny(AuditByPlatform);
        if (caller.ResidentId is { Length: > 0 } resident) return OwnRecord(request, resident);
        if (caller.Roles.Contains("resident") || contexts.SetEquals([ScopeContext.Patient])) return new Deny(PatientWithoutResident);
        if (caller.Roles.Contains("commission")) return Commission(request);
        if (caller.Roles.Contains("operator")) return Operator(request);
        return caller.InstitutionCode is { Length: > 0 } institution ? OfInstitution(request, institution) : new Deny(NoInstitution);
    }

    private static HashSet<ScopeContext> Granted(AccessRequest request)
    {
        var contexts = new HashSet<ScopeContext>();
        foreach (var text in request.Caller.Scopes)
            if (SmartScope.TryParse(text, out var scope) && scope.Grants(request.Kind, request.ResourceType)) contexts.Add(scope.Context);
        return contexts;
    }

    private static AccessDecision OwnRecord(AccessRequest request, string resident)
    {
        if (IsWrite(request.Kind)) return new Deny(ResidentWrites);
        if (!ResourceTypes.PatientCompartment.Contains(request.ResourceType)) return new Deny(OutsideCompartment);
        var own = new OfResidents([resident]);
        if (request.Caller.InstitutionCode is not { Length: > 0 } || request.Caller.Roles.Any(PlatformRoles.Contains)) return new Permit(own);
        // A clinician's application launched for one patient: both limits hold.
        return OfInstitution(request, request.Caller.InstitutionCode) is Permit(var filter) ? new Permit(new AllOf([own, filter])) : new Deny(DeskType);
    }

    /// <summary>The commission asks who read what; it reads no records itself.</summary>
    private static AccessDecision Commission(AccessRequest request) =>
        !IsWrite(request.Kind) && ResourceTypes.Register.Contains(request.ResourceType) ? new Permit(new Everything()) : new Deny(CommissionReads);

    /// <summary>Operators load and repair; reading records takes the declared purpose of operations.</summary>
    private static AccessDecision Operator(AccessRequest request) =>
        IsWrite(request.Kind) || request.Caller.Purpose == PurposeOfUse.HOPERAT ? new Permit(new Everything()) : new Deny(OperatorPurpose);

    private static AccessDecision OfInstitution(AccessRequest request, string institution)
    {
        var isDesk = request.Caller.Roles.Contains("desk");
        if (isDesk && !ResourceTypes.Desk.Contains(request.ResourceType)) return new Deny(DeskType);
        var written = new WrittenBy(institution);
        if (IsWrite(request.Kind))
            return ResourceTypes.Definitions.Contains(request.ResourceType) ? new Deny(DefinitionByOperator) : new Permit(written);
        var treated = new TreatedAt(institution);
        return new Permit(isDesk ? new AnyOf([written, treated]) : new AnyOf([written, treated, new NotPersonal()]));
    }

    private static bool IsWrite(AccessKind kind) => kind is AccessKind.Create or AccessKind.Update or AccessKind.Delete;
}
