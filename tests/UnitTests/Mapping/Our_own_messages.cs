using System.Text;
using Health.Adapters.Mapping;
using Health.Contracts;
using Health.Fhir.Records;
using Health.Fhir.Wire;
using Health.Hl7v2;
using Health.UnitTests.Hl7v2.Fuzzing;

namespace Health.UnitTests.Mapping;

/// <summary>
/// The messages of tests/UnitTests/Messages: what hospitals here send, in UTF-8 and in GB 18030. <c>expected.tsv</c> says of each the name,
/// the resident ID number, the resources and the fields that have no place in them.
/// </summary>
public sealed class Our_own_messages(ITestOutputHelper output)
{
    private static readonly Dictionary<string, string> Expected = ReadExpected();

    public static TheoryData<string> Names() => [.. FuzzSeeds.OwnMessages().Select(message => message.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void become_the_expected_records(string name)
    {
        var mapped = Map(name, Hl7Charset.Utf8);
        var line = Line(mapped);
        output.WriteLine($"{name}\t{line}");
        Assert.Equal(Expected[name], line);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void say_the_same_in_GB_18030(string name)
    {
        var (utf8, gb) = (Map(name, Hl7Charset.Utf8), Map(name, Hl7Charset.Gb18030));
        Assert.Equal(utf8.Writes.Select(write => Encoding.UTF8.GetString(write.Json.Span)), gb.Writes.Select(write => Encoding.UTF8.GetString(write.Json.Span)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void are_valid_resources_of_R4(string name)
    {
        foreach (var write in Map(name, Hl7Charset.Utf8).Writes)
        {
            var stored = MergePatch.Apply(default, write.Json.Span, write.UnionArrays);
            if (!write.Defaults.IsEmpty) stored = MergePatch.AddDefaults(stored, write.Defaults.Span);
            Assert.Empty(ResourceCheck.TryRead(stored, write.ResourceType, out _).Select(problem => $"{write.ResourceType} {problem.Expression} {problem.Diagnostics}"));
        }
    }

    [Fact]
    public void name_nobody_but_test_persons() =>
        Assert.All(FuzzSeeds.OwnMessages(), message => Assert.All(
            System.Text.RegularExpressions.Regex.Matches(message.Text, @"\b\d{17}[\dX]\b"),
            number => Assert.True(number.Value.StartsWith(ResidentIdNumber.TestDivision, StringComparison.Ordinal) && ResidentIdNumber.TryParse(number.Value, out _), $"{message.Name}: {number.Value}")));

    private static MappingResult.Mapped Map(string name, Hl7Charset charset)
    {
        var text = FuzzSeeds.OwnMessages().Single(message => message.Name == name).Text;
        return Mapped.Of(charset.Encoding.GetBytes(text)).Success;
    }

    private static string Line(MappingResult.Mapped mapped)
    {
        var identity = mapped.Identity!;
        var resident = identity.Identifiers.FirstOrDefault(number => number.System == IdentifierSystems.ResidentId)?.Value ?? "-";
        var resources = mapped.Writes.GroupBy(write => write.ResourceType).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => group.Count() == 1 ? group.Key : $"{group.Key}×{group.Count()}");
        return $"{identity.Name}\t{resident}\t{string.Join(' ', resources)}\t{(mapped.UnmappedPaths.Count == 0 ? "-" : string.Join(' ', mapped.UnmappedPaths))}";
    }

    private static Dictionary<string, string> ReadExpected()
    {
        using var reader = new StreamReader(typeof(Our_own_messages).Assembly.GetManifestResourceStream("expected.tsv")!);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\t', 2)).ToDictionary(parts => parts[0], parts => parts[1]);
    }
}
