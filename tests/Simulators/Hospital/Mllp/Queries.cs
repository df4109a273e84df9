using Health.Simulators.Hospital.Messages;

namespace Health.Simulators.Hospital.Mllp;

/// <summary>Answers QBP^Q22 (patient demographics) about the people a receiver knows: every parameter of QPD-3 must be equal.</summary>
internal static class Queries
{
    public static bool Is(string text) => text.Split('\r')[0].Contains("|QBP^Q22", StringComparison.Ordinal);

    public static string Answer(OutgoingMessage query, IReadOnlyList<Person> people)
    {
        var qpd = query.Text.Split('\r').FirstOrDefault(segment => segment.StartsWith("QPD|", StringComparison.Ordinal)) ?? "QPD|";
        var fields = qpd.Split('|');
        var asked = (fields.Length > 3 ? fields[3] : "").Split('~', StringSplitOptions.RemoveEmptyEntries).Select(one => one.Split('^')).Where(pair => pair.Length > 1).ToList();
        var found = people.Where(person => asked.TrueForAll(pair => Said(person, pair[0]) == pair[1])).ToList();
        var answer = new Er7()
            .Segment("MSH", (2, "^~\\&"), (7, "20261124090000+0800"), (9, "RSP^K22^RSP_K21"), (10, $"R{query.ControlId}"), (11, "P"), (12, "2.5.1"))
            .Segment("MSA", (1, "AA"), (2, query.ControlId))
            .Segment("QAK", (1, fields.Length > 2 ? fields[2] : ""), (2, found.Count == 0 ? "NF" : "OK"));
        var text = answer + qpd + '\r';
        foreach (var person in found)
            text += new Er7().Segment("PID", (3, Er7.Parts(person.LocalId, "", "", "MYCH", "PI")), (5, Er7.Parts(person.Name)), (7, person.Birth), (8, person.Sex == "male" ? "M" : "F")).ToString();
        return text;
    }

    private static string? Said(Person person, string parameter) => parameter switch
    {
        "@PID.3.1" => person.LocalId,
        "@PID.5.1" => person.Name,
        "@PID.7" or "@PID.7.1" => person.Birth,
        _ => null,
    };
}
