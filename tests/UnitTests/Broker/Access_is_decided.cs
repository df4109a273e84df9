using Health.Broker.Access;
using Health.Contracts;

namespace Health.UnitTests.Broker;

public sealed class Access_is_decided
{
    private const string Inst = "MY510703H001";

    // role, institution, resident, scopes, purpose, kind, type → permitted filter or reason
    [Theory]
    [InlineData("", Inst, null, "system/*.cruds", "TREAT", "Read", "Observation", "any(written,treated,impersonal)")]
    [InlineData("clinician", Inst, null, "user/*.rs", "TREAT", "Search", "Patient", "any(written,treated,impersonal)")]
    [InlineData("clinician", Inst, null, "user/*.rs", "ETREAT", "Search", "Patient", "any(written,treated,impersonal)")]
    [InlineData("", Inst, null, "system/*.cruds", "TREAT", "Update", "Observation", "written")]
    [InlineData("", Inst, null, "system/*.cruds", "TREAT", "Create", "Patient", "written")]
    [InlineData("", Inst, null, "system/*.read", "TREAT", "Create", "Patient", AccessRules.NoScope)]
    [InlineData("", Inst, null, "system/Patient.rs", "TREAT", "Read", "Observation", AccessRules.NoScope)]
    [InlineData("", Inst, null, "system/Patient.rs", "TREAT", "Delete", "Patient", AccessRules.NoScope)]
    [InlineData("", Inst, null, "openid launch", "TREAT", "Read", "Patient", AccessRules.NoScope)]
    [InlineData("", Inst, null, "", "TREAT", "Read", "Patient", AccessRules.NoScope)]
    [InlineData("", null, null, "system/*.cruds", "TREAT", "Read", "Patient", AccessRules.NoInstitution)]
    [InlineData("", Inst, null, "system/*.cruds", "TREAT", "Create", "SearchParameter", AccessRules.DefinitionByOperator)]
    [InlineData("", Inst, null, "system/*.cruds", "TREAT", "Create", "AuditEvent", AccessRules.AuditByPlatform)]
    [InlineData("operator", null, null, "system/*.cruds", "HOPERAT", "Read", "Observation", "everything")]
    [InlineData("operator", null, null, "system/*.cruds", "TREAT", "Read", "Observation", AccessRules.OperatorPurpose)]
    [InlineData("operator", null, null, "system/*.cruds", "TREAT", "Create", "Observation", "everything")]
    [InlineData("operator", null, null, "system/*.cruds", "HOPERAT", "Create", "AuditEvent", AccessRules.AuditByPlatform)]
    [InlineData("commission", null, null, "user/*.cruds", "PUBHLTH", "Read", "Patient", AccessRules.CommissionReads)]
    [InlineData("commission", null, null, "user/*.cruds", "HOPERAT", "Search", "AuditEvent", AccessRules.CommissionReads)]
    [InlineData("commission", null, null, "user/*.cruds", "PUBHLTH", "Search", "Organization", "everything")]
    [InlineData("commission", null, null, "user/*.cruds", "PUBHLTH", "Update", "Organization", AccessRules.CommissionReads)]
    [InlineData("commission,operator", null, null, "system/*.cruds", "HOPERAT", "Read", "Patient", AccessRules.CommissionReads)]
    [InlineData("resident", null, "r1", "patient/*.rs", "PATRQT", "Read", "Observation", "of(r1)")]
    [InlineData("resident", null, "r1", "patient/*.rs", "PATRQT", "Read", "CareTeam", "of(r1)")]
    [InlineData("resident", null, "r1", "patient/*.rs", "PATRQT", "Search", "Practitioner", AccessRules.OutsideCompartment)]
    [InlineData("resident", null, "r1", "patient/*.cruds", "PATRQT", "Update", "Patient", AccessRules.ResidentWrites)]
    [InlineData("resident", null, null, "patient/*.rs", "PATRQT", "Read", "Patient", AccessRules.PatientWithoutResident)]
    [InlineData("", Inst, null, "patient/*.rs", "TREAT", "Read", "Patient", AccessRules.PatientWithoutResident)]
    [InlineData("clinician", Inst, "r1", "patient/*.rs", "TREAT", "Read", "Patient", "all(of(r1),any(written,treated,impersonal))")]
    [InlineData("operator", null, "r1", "system/*.cruds", "HOPERAT", "Read", "Patient", "of(r1)")]
    [InlineData("desk", Inst, null, "user/*.cruds", "TREAT", "Search", "Coverage", "any(written,treated)")]
    [InlineData("desk", Inst, null, "user/*.cruds", "TREAT", "Create", "Claim", "written")]
    [InlineData("desk", Inst, null, "user/*.cruds", "TREAT", "Read", "Observation", AccessRules.DeskType)]
    [InlineData("desk,clinician", Inst, null, "user/*.cruds", "TREAT", "Read", "DiagnosticReport", AccessRules.DeskType)]
    public void by_scope_then_role_and_denied_otherwise(
        string roles, string? institution, string? resident, string scopes, string purpose, string kind, string type, string expected)
    {
        var caller = new Caller("client", null, institution, resident, roles.Split(',', StringSplitOptions.RemoveEmptyEntries),
            scopes.Split(' ', StringSplitOptions.RemoveEmptyEntries), Enum.Parse<PurposeOfUse>(purpose), "req");
        Assert.Equal(expected, AccessRules.Decide(new AccessRequest(caller, Enum.Parse<AccessKind>(kind), type)) switch
        {
            AccessDecision.Permit(var filter) => Text(filter),
            AccessDecision.Deny(var reason) => reason,
            _ => "",
        });
    }

    [Theory]
    [InlineData("system/*.cruds", "cruds")]
    [InlineData("user/Observation.rs", "rs")]
    [InlineData("patient/Observation.read", "rs")]
    [InlineData("patient/*.write", "cud")]
    [InlineData("patient/*.*", "cruds")]
    [InlineData("patient/*.sr", null)]
    [InlineData("patient/*.rr", null)]
    [InlineData("patient/*.", null)]
    [InlineData("patient/.rs", null)]
    [InlineData("Patient/*.rs", null)]
    [InlineData("patient/observation.rs", null)]
    [InlineData("patient/Observation.rs?category=laboratory", null)]
    [InlineData("patient/Observation.rx", null)]
    [InlineData("launch/patient", null)]
    [InlineData("/", null)]
    [InlineData("", null)]
    public void from_scopes_of_the_smart_grammar_only(string text, string? letters) =>
        Assert.Equal(letters, SmartScope.TryParse(text, out var scope) ? scope.Letters : null);

    private static string Text(AccessFilter filter) => filter switch
    {
        AccessFilter.Everything => "everything",
        AccessFilter.OfResidents(var ids) => $"of({string.Join('+', ids)})",
        AccessFilter.WrittenBy(Inst) => "written",
        AccessFilter.TreatedAt(Inst) => "treated",
        AccessFilter.NotPersonal => "impersonal",
        AccessFilter.AllOf(var parts) => $"all({string.Join(',', parts.Select(Text))})",
        AccessFilter.AnyOf(var parts) => $"any({string.Join(',', parts.Select(Text))})",
        _ => filter.ToString(),
    };
}
