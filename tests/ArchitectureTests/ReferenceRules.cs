namespace Health.ArchitectureTests;

/// <summary>Who may reference whom. Each rule returns its violations as sentences.</summary>
public static class ReferenceRules
{
    public static readonly string[] Modules = ["Health.Fhir", "Health.Broker", "Health.Console", "Health.Adapters", "Health.CardBridge", "Health.Identity"];

    /// <summary>What each project of the platform may reference of ours; the host alone sees all.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Health.Contracts"] = [],
        ["Health.Hl7v2"] = [],
        ["Health.Cards"] = [],
        ["Health.Fhir"] = ["Health.Contracts"],
        ["Health.Broker"] = ["Health.Contracts"],
        ["Health.Console"] = ["Health.Contracts"],
        ["Health.Identity"] = ["Health.Contracts"],
        ["Health.Adapters"] = ["Health.Contracts", "Health.Hl7v2"],
        ["Health.CardBridge"] = ["Health.Contracts", "Health.Cards"],
        ["Health.CardAgent"] = ["Health.Contracts", "Health.Cards"],
        ["Health.Host"] = ["Health.Contracts", .. Modules],
        ["Hospital"] = [],
        ["Insurer"] = [],
        ["CityCard"] = [],
        ["Acquirer"] = [],
    };

    public static IEnumerable<string> ForeignReferences(IEnumerable<Project> projects) =>
        from project in projects
        where Allowed.ContainsKey(project.Name)
        from reference in project.Projects
        where !Allowed[project.Name].Contains(reference)
        select $"{project.Name} references {reference}";

    public static IEnumerable<string> MissingFromHost(IEnumerable<Project> projects)
    {
        var host = projects.Single(project => project.Name == "Health.Host");
        return Modules.Except(host.Projects).Select(module => $"Health.Host does not reference {module}");
    }

    public static IEnumerable<string> PackagesOfPureProjects(IEnumerable<Project> projects) =>
        from project in projects
        where project.Name is "Health.Contracts" or "Health.Hl7v2" or "Health.Cards"
        from package in project.Packages
        where !(project.Name == "Health.Cards" && package == "BouncyCastle.Cryptography")
        select $"{project.Name} needs the package {package}";

    public static IEnumerable<string> FhirSdkOutsideFhir(IEnumerable<Project> projects) =>
        from project in projects
        where project.Name != "Health.Fhir" && !project.Name.EndsWith("Tests", StringComparison.Ordinal)
        from package in project.Packages
        where package.StartsWith("Hl7.Fhir", StringComparison.Ordinal)
        select $"{project.Name} needs the package {package}";

    /// <summary>The FHIR SDK reaches other projects transitively, so a using directive is looked for as well.</summary>
    public static IEnumerable<string> FhirSdkInSource(IEnumerable<(string Path, string Text)> files) =>
        from file in files
        where !file.Path.StartsWith("fhir-server", StringComparison.Ordinal) && !file.Path.StartsWith("tests", StringComparison.Ordinal)
        where file.Text.Contains("using Hl7.Fhir", StringComparison.Ordinal) || file.Text.Contains("Hl7.Fhir.Model", StringComparison.Ordinal)
        select $"{file.Path} uses Hl7.Fhir";

    public static IEnumerable<string> UnknownProjects(IEnumerable<Project> projects) =>
        from project in projects
        where !project.Folder.StartsWith("tests", StringComparison.Ordinal) && !Allowed.ContainsKey(project.Name)
        select $"{project.Name} has no place in the architecture: give it a rule";
}
