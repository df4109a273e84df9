namespace Health.ArchitectureTests;

public sealed class References_between_projects
{
    private static Project With(string name, string[]? projects = null, string[]? packages = null) => new(name, name, projects ?? [], packages ?? []);

    [Fact]
    public void go_only_where_the_architecture_allows() => Assert.Empty(ReferenceRules.ForeignReferences(Repository.Projects));

    [Fact]
    public void are_caught_when_a_module_reaches_for_another_module() =>
        Assert.Equal(["Health.Fhir references Health.Broker"], ReferenceRules.ForeignReferences([With("Health.Fhir", ["Health.Contracts", "Health.Broker"])]));

    [Fact]
    public void are_caught_when_the_desk_agent_reaches_for_the_server() =>
        Assert.Equal(["Health.CardAgent references Health.CardBridge"], ReferenceRules.ForeignReferences([With("Health.CardAgent", ["Health.CardBridge"])]));

    [Fact]
    public void are_caught_when_a_simulator_shares_code_with_what_it_tests() =>
        Assert.Equal(["CityCard references Health.Cards"], ReferenceRules.ForeignReferences([With("CityCard", ["Health.Cards"])]));

    [Fact]
    public void lead_from_the_host_to_every_module() => Assert.Empty(ReferenceRules.MissingFromHost(Repository.Projects));

    [Fact]
    public void are_missed_when_the_host_forgets_a_module() =>
        Assert.Contains("Health.Host does not reference Health.Fhir", ReferenceRules.MissingFromHost([With("Health.Host", ["Health.Broker"])]));

    [Fact]
    public void of_contracts_and_pure_libraries_name_no_package_but_the_cards_crypto() => Assert.Empty(ReferenceRules.PackagesOfPureProjects(Repository.Projects));

    [Fact]
    public void are_caught_when_a_pure_library_takes_a_package() =>
        Assert.Equal(["Health.Hl7v2 needs the package BouncyCastle.Cryptography"], ReferenceRules.PackagesOfPureProjects([With("Health.Hl7v2", packages: ["BouncyCastle.Cryptography"])]));

    [Fact]
    public void name_the_FHIR_SDK_in_the_FHIR_server_alone()
    {
        Assert.Empty(ReferenceRules.FhirSdkOutsideFhir(Repository.Projects));
        Assert.Empty(ReferenceRules.FhirSdkInSource(Repository.SourceFiles(".cs", ".razor").Select(path => (Path.GetRelativePath(Repository.Root, path), File.ReadAllText(path)))));
    }

    [Fact]
    public void are_caught_when_the_FHIR_SDK_leaks()
    {
        Assert.Single(ReferenceRules.FhirSdkOutsideFhir([With("Health.Adapters", packages: ["Hl7.Fhir.R4"])]));
        Assert.Single(ReferenceRules.FhirSdkInSource([("hie-broker/Health.Broker/X.cs", "using Hl7.Fhir.Model;")]));
    }

    [Fact]
    public void are_known_for_every_project() => Assert.Empty(ReferenceRules.UnknownProjects(Repository.Projects));

    [Fact]
    public void are_asked_for_when_a_project_is_new() => Assert.Single(ReferenceRules.UnknownProjects([With("Health.Common")]));
}
