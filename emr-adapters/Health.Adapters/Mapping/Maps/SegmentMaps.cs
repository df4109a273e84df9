using System.Collections.Frozen;
using System.Reflection;
using Health.Adapters.Mapping.Tables;

namespace Health.Adapters.Mapping.Maps;

/// <summary>
/// The table <c>segments.map</c>, read and compiled once at start (docs/adr/0007). What it says is what is mapped: documentation and the
/// trace of unmapped fields come from it. A line that cannot be understood stops the first use with its number.
/// </summary>
internal static class SegmentMaps
{
    private const string Resource = "Mapping/Maps/segments.map";
    private static readonly FrozenDictionary<(string Segment, string Resource), SegmentMap> All = Read();

    /// <exception cref="KeyNotFoundException">The table has no such section.</exception>
    public static SegmentMap Of(string segment, string resource) =>
        All.TryGetValue((segment, resource), out var map) ? map : throw new KeyNotFoundException($"{Resource} has no section '{segment} {resource}'.");

    public static IEnumerable<SegmentMap> Sections => All.Values.OrderBy(map => map.Segment, StringComparer.Ordinal).ThenBy(map => map.Resource, StringComparer.Ordinal);

    private static FrozenDictionary<(string, string), SegmentMap> Read()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(Resource) ?? throw new InvalidOperationException($"{Resource} is not embedded.");
        using var reader = new StreamReader(stream);
        var codes = new Dictionary<string, IReadOnlyDictionary<string, string>>(StringComparer.Ordinal);
        var sections = new Dictionary<(string, string), List<MapRow>>();
        (string Segment, string Resource) section = default;
        for (var number = 1; reader.ReadLine() is { } line; number++)
        {
            if (line.Length == 0 || line[0] == '#') continue;
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            try
            {
                if (words[0] == "codes") codes.Add(words[1], Codes(words[2..]));
                else if (words[0] == "segment") sections.Add(section = (words[1], words[2]), []);
                else sections[section].Add(Row(section, words, codes));
            }
            catch (Exception e) when (e is ArgumentException or IndexOutOfRangeException or FormatException or KeyNotFoundException)
            {
                throw new InvalidOperationException($"{Resource} line {number} is wrong: {e.Message}", e);
            }
        }

        return sections.ToFrozenDictionary(entry => entry.Key, entry => new SegmentMap(entry.Key.Item1, entry.Key.Item2, entry.Value));
    }

    /// <summary><c>M,1=male F,2=female</c>.</summary>
    private static Dictionary<string, string> Codes(string[] words)
    {
        var codes = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var word in words)
        {
            var at = word.LastIndexOf('=');
            foreach (var code in word[..at].Split(',')) codes.Add(code, word[(at + 1)..]);
        }

        return codes;
    }

    private static MapRow Row((string Segment, string Resource) section, string[] words, Dictionary<string, IReadOnlyDictionary<string, string>> codes)
    {
        int[] fields = words[0] == "-" ? [] : [.. words[0].Split(',').Select(int.Parse)];
        if (words is [_, "read"]) return new MapRow(section.Segment, section.Resource, fields, "", "read", "");
        var argument = words.Length > 3 ? words[3] : "";
        if (!DataTypes.Knows(words[2])) throw new FormatException($"'{words[2]}' is no data type.");
        return new MapRow(section.Segment, section.Resource, fields, words[1], words[2], argument)
        {
            Codes = words[2] == "CODE" ? codes[argument] : null,
            Table = words[2] == "CWE" && argument.Length > 0 ? CodeTables.Named(argument) : null,
        };
    }
}
