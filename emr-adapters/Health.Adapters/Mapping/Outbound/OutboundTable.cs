using System.Collections.Frozen;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using Health.Hl7v2;

namespace Health.Adapters.Mapping.Outbound;

/// <summary>What a segment is written from beside its resource: values by the names the table gives them, ER7 that is already escaped.</summary>
internal sealed class Given : Dictionary<string, string>
{
    public static Given Number(int number) => new() { ["number"] = number.ToString(CultureInfo.InvariantCulture) };
}

/// <summary>
/// The table <c>outbound.map</c>, read and compiled once (docs/adr/0009). A line that cannot be understood stops the first use with its number.
/// </summary>
internal static class OutboundTable
{
    private const string Resource = "Mapping/Outbound/outbound.map";
    private static readonly Dictionary<string, IReadOnlyDictionary<string, string>> Codes = new(StringComparer.Ordinal);
    private static readonly FrozenDictionary<(string Segment, string Resource), List<Row>> Sections = Read();

    /// <summary>The repetitions of one field.</summary>
    private delegate IEnumerable<string> Values(JsonElement resource, OutboundMessage message, Given given);

    private sealed record Row(int Field, Values Values);

    public static IEnumerable<(string Segment, string Resource, int Field)> Lines =>
        Sections.SelectMany(section => section.Value.Select(row => (section.Key.Segment, section.Key.Resource, row.Field)));

    /// <summary>Writes one segment of a resource; what the resource does not say stays absent.</summary>
    /// <exception cref="KeyNotFoundException">The table has no such section.</exception>
    public static void Write(this Hl7Writer writer, string segment, string resource, JsonElement element, OutboundMessage message, Given given)
    {
        writer.Segment(segment);
        foreach (var row in Sections[(segment, resource)])
            foreach (var value in row.Values(element, message, given)) writer.Raw(row.Field, value);
    }

    /// <summary>A code by one of the table's own lists; nothing for one that is not in it.</summary>
    public static string Code(string list, string? code) => code is not null && Codes[list].TryGetValue(code, out var hl7) ? hl7 : "";

    private static FrozenDictionary<(string, string), List<Row>> Read()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(Resource) ?? throw new InvalidOperationException($"{Resource} is not embedded.");
        using var reader = new StreamReader(stream);
        var sections = new Dictionary<(string, string), List<Row>>();
        List<Row> section = [];
        for (var number = 1; reader.ReadLine() is { } line; number++)
        {
            if (line.Length == 0 || line[0] == '#') continue;
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            try
            {
                if (words[0] == "codes")
                    Codes.Add(words[1], words[2..].Select(word => word.Split('=')).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal));
                else if (words[0] == "segment") sections.Add((words[1], words[2]), section = []);
                else section.Add(ReadRow(words, section.Count > 0 ? section[^1].Field : 0));
            }
            catch (Exception e) when (e is ArgumentException or IndexOutOfRangeException or FormatException or KeyNotFoundException)
            {
                throw new InvalidOperationException($"{Resource} line {number} is wrong: {e.Message}", e);
            }
        }

        return sections.ToFrozenDictionary();
    }

    private static Row ReadRow(string[] words, int before)
    {
        var field = int.Parse(words[0], CultureInfo.InvariantCulture);
        if (field <= before) throw new FormatException("fields must ascend.");
        var (element, type, argument) = (words[1], words[2], words.Length > 3 ? words[3] : "");
        switch (type)
        {
            case "given":
                return new Row(field, (_, _, given) => given.TryGetValue(argument, out var value) ? [value] : []);
            case "rule":
                var rule = OutboundRules.Named(argument);
                var detail = words.Length > 4 ? words[4] : "";
                return new Row(field, (resource, message, _) => rule(resource, message, detail));
            case "CODE":
                if (!Codes.ContainsKey(argument)) throw new KeyNotFoundException($"'{argument}' is no list of codes.");
                return new Row(field, (resource, _, _) => resource.At(element).Select(value => Code(argument, value.GetString())));
            default:
                var write = OutboundTypes.Named(type);
                return new Row(field, (resource, message, _) => resource.At(element).Select(value => write(value, message.Names)));
        }
    }
}
