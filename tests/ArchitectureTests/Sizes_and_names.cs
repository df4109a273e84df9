using System.Reflection;
using System.Text.RegularExpressions;
using Health.Contracts;

namespace Health.ArchitectureTests;

public sealed class Sizes_and_names
{
    private const int ContractLines = 1500, ProgramLines = 100, FileLines = 400;

    [Fact]
    public void Contracts_stay_small() => Assert.Empty(TooLong(Folder("hie-broker/Health.Contracts"), ContractLines));

    [Fact]
    public void The_entry_point_is_a_table_of_contents() =>
        Assert.InRange(File.ReadLines(Path.Combine(Repository.Root, "hie-broker/Health.Host/Program.cs")).Count(), 1, ProgramLines);

    [Fact]
    public void No_source_file_grows_past_its_limit() =>
        Assert.Empty(Repository.SourceFiles(".cs", ".razor").Where(path => File.ReadLines(path).Count() > FileLines).Select(path => Path.GetRelativePath(Repository.Root, path)));

    [Fact]
    public void A_total_above_the_limit_is_caught() => Assert.Single(TooLong([("a.cs", 900), ("b.cs", 700)], ContractLines));

    [Fact]
    public void No_folder_and_no_namespace_is_called_Events() => Assert.Empty(EventsNamespaces(Sources()));

    [Fact]
    public void A_namespace_called_Events_is_caught() => Assert.Single(EventsNamespaces([("x.cs", "namespace Health.Fhir.Events;\n")]));

    [Fact]
    public void Every_contract_is_used_by_two_projects_or_more() => Assert.Empty(LonelyContracts(typeof(NodeIdentity).Assembly, Sources()));

    [Fact]
    public void A_contract_that_only_one_project_uses_is_caught()
    {
        var lonely = LonelyContracts(typeof(NodeIdentity).Assembly, [("hie-broker/Health.Broker/A.cs", "NodeIdentity"), ("hie-broker/Health.Broker/B.cs", "NodeIdentity")]);
        Assert.Contains("NodeIdentity", lonely);
    }

    private static IEnumerable<(string Path, string Text)> Sources() =>
        Repository.SourceFiles(".cs", ".razor").Select(path => (Path.GetRelativePath(Repository.Root, path), File.ReadAllText(path)));

    private static IEnumerable<(string, int)> Folder(string folder) =>
        Repository.SourceFiles(".cs").Where(path => path.StartsWith(Path.Combine(Repository.Root, folder), StringComparison.Ordinal)).Select(path => (path, File.ReadLines(path).Count()));

    private static IEnumerable<string> TooLong(IEnumerable<(string Path, int Lines)> files, int limit)
    {
        var total = files.Sum(file => file.Lines);
        return total > limit ? [$"{total} lines; the limit is {limit}"] : [];
    }

    private static IEnumerable<string> EventsNamespaces(IEnumerable<(string Path, string Text)> files) =>
        files.Where(file => Regex.IsMatch(file.Text, @"^namespace .*\bEvents\b", RegexOptions.Multiline) || file.Path.Split('/').Contains("Events")).Select(file => file.Path);

    private static List<string> LonelyContracts(Assembly contracts, IEnumerable<(string Path, string Text)> files)
    {
        var words = files
            .Where(file => !file.Path.StartsWith("hie-broker/Health.Contracts", StringComparison.Ordinal) && !file.Path.StartsWith("tests", StringComparison.Ordinal))
            .Select(file => (Project: string.Join('/', file.Path.Split('/').Take(2)), Words: Regex.Matches(file.Text, @"\w+").Select(match => match.Value).ToHashSet()))
            .ToList();
        var ownText = Repository.SourceFiles(".cs").Where(path => path.Contains("Health.Contracts", StringComparison.Ordinal)).Select(File.ReadAllText).ToList();
        return
        [
            .. contracts.GetExportedTypes()
                .Where(type => !type.IsNested && !IsPartOfAnotherContract(type, ownText))
                .Where(type => words.Where(file => file.Words.Contains(type.Name.Split('`')[0])).Select(file => file.Project).Distinct().Count() < 2)
                .Select(type => type.Name),
        ];
    }

    /// <summary>A type that stands in the signature of another contract (an outcome, an enum) is used wherever that one is.</summary>
    private static bool IsPartOfAnotherContract(Type type, List<string> contracts) =>
        contracts.Sum(text => Regex.Count(text, $@"\b{type.Name.Split('`')[0]}\b")) > 1;
}
