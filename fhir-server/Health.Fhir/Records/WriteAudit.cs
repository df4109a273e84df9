using Health.Contracts;

namespace Health.Fhir.Records;

/// <summary>The audit facts of a unit: one per resource that was written, in the unit's own transaction.</summary>
internal static class WriteAudit
{
    public static IEnumerable<AuditFact> Facts(UnitResult result, DateTimeOffset at)
    {
        var unit = result.Unit!;
        foreach (var step in result.Steps)
        {
            // A module's repeat that said nothing new touched nothing; a REST caller's request is a fact in any case.
            if (step.Made is null && unit.Caller is null) continue;
            var row = step.After;
            var header = unit.Header;
            yield return new AuditFact(
                Guid.CreateVersion7(at), at, Action(step), step.Given.Interaction ?? Interaction(step), 0,
                unit.Caller?.Actor ?? header.Actor, unit.Caller?.ClientId ?? header.Source, unit.InstitutionCode, unit.Caller?.Purpose ?? header.Purpose,
                unit.Caller?.RequestId ?? header.Trace ?? unit.BatchKey ?? "")
            {
                ResidentId = row?.ResidentId,
                Target = row is not null ? $"{row.Type}/{row.Id}/_history/{row.Version}" : step.Given.Criteria is null ? $"{step.Write.ResourceType}/{step.Write.Id}" : step.Write.ResourceType,
                Detail = step.Given.Criteria?.Query,
            };
        }
    }

    private static string Action(WriteStep step) => step switch
    {
        { Write.Kind: WriteKind.Delete } => "D",
        { Made.Row.Version: 1 } or { Given.Criteria.Form: ConditionalForm.Create } => "C",
        _ => "U",
    };

    private static string Interaction(WriteStep step) => step.Write.Kind switch
    {
        WriteKind.Create => "create",
        WriteKind.Delete => "delete",
        WriteKind.Merge => "patch",
        _ => "update",
    };
}
