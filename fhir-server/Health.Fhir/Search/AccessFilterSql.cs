using Health.Contracts;

namespace Health.Fhir.Search;

/// <summary>
/// Compiles the closed <see cref="AccessFilter"/> into a condition on fhir.resource. Every read and every search goes through it,
/// so there is one place where "may be seen" becomes rows.
/// </summary>
public static class AccessFilterSql
{
    /// <summary>
    /// Types that concern no person by their nature. A resource of another type whose resident is unknown is not public: it is seen
    /// only by its writer's institution and by whoever sees everything.
    /// </summary>
    public static readonly string[] NotPersonalTypes =
    [
        "ActivityDefinition", "CapabilityStatement", "CatalogEntry", "CodeSystem", "ConceptMap", "Endpoint", "HealthcareService", "ImplementationGuide",
        "InsurancePlan", "Library", "Location", "Measure", "Medication", "MedicationKnowledge", "MessageDefinition", "NamingSystem",
        "ObservationDefinition", "OperationDefinition", "Organization", "OrganizationAffiliation", "PlanDefinition", "Practitioner", "PractitionerRole",
        "Questionnaire", "SearchParameter", "SpecimenDefinition", "StructureDefinition", "StructureMap", "Substance", "TerminologyCapabilities", "ValueSet",
    ];

    private static readonly HashSet<string> NotPersonal = [.. NotPersonalTypes];

    public static bool IsPersonal(string resourceType) => !NotPersonal.Contains(resourceType);

    /// <summary>
    /// A parenthesised condition on the row named <paramref name="alias"/>; values go to <paramref name="parameters"/> in order, where the
    /// n-th entry is <c>$n</c>.
    /// </summary>
    public static string Compile(AccessFilter filter, IList<object> parameters, string alias = "r") => filter switch
    {
        AccessFilter.Everything => "(true)",
        AccessFilter.Nothing => "(false)",
        AccessFilter.OfResidents of => $"({alias}.resident = any({Add(parameters, of.ResidentIds.ToArray())}))",
        AccessFilter.WrittenBy by => $"({alias}.institution = {Add(parameters, by.InstitutionCode)})",
        AccessFilter.TreatedAt at =>
            $"(exists (select 1 from fhir.resource treated where treated.resident = {alias}.resident and treated.institution = {Add(parameters, at.InstitutionCode)} "
            + "and treated.type in ('Patient', 'Encounter') and not treated.deleted))",
        AccessFilter.NotPersonal => $"({alias}.resident is null and {alias}.type = any({Add(parameters, NotPersonalTypes)}))",
        AccessFilter.OfTypes of => $"({alias}.type = any({Add(parameters, of.ResourceTypes.ToArray())}))",
        AccessFilter.AllOf { Parts.Count: 0 } => "(true)",
        AccessFilter.AllOf all => "(" + string.Join(" and ", all.Parts.Select(part => Compile(part, parameters, alias))) + ")",
        AccessFilter.AnyOf { Parts.Count: 0 } => "(false)",
        AccessFilter.AnyOf any => "(" + string.Join(" or ", any.Parts.Select(part => Compile(part, parameters, alias))) + ")",
        _ => throw new InvalidOperationException($"Access filter {filter.GetType().Name} has no compilation."),
    };

    private static string Add(IList<object> parameters, object value)
    {
        parameters.Add(value);
        return $"${parameters.Count}";
    }
}
