using System.Globalization;
using System.Text;

namespace Health.Hl7v2;

/// <summary>Acknowledgement codes (HL7 table 0008): application (original mode) and commit (enhanced mode) accept, error, reject.</summary>
public enum Hl7AckCode { AA, AE, AR, CA, CE, CR }

/// <summary>What became of a message at the door.</summary>
public enum Hl7AckOutcome
{
    /// <summary>Stored durably.</summary>
    Accepted,
    /// <summary>Nothing was stored; sending it again may help.</summary>
    Error,
    /// <summary>Not ours or not understood; sending it again will not help.</summary>
    Rejected,
}

/// <summary>Writes acknowledgements (HL7 v2.5.1 §2.9, §2.13.1): MSH with sender and receiver swapped, MSA, one ERR per problem.</summary>
public static class AckBuilder
{
    private const int MostErrors = 20;

    /// <summary>True for ACK and MCF: those are never acknowledged.</summary>
    public static bool IsAcknowledgement(Hl7Message message) => message.MessageCode is "ACK" or "MCF";

    /// <summary>
    /// The code to answer with, or null when the sender asked for no answer. MSH-15 and MSH-16 both empty is original mode. In enhanced
    /// mode MSH-15 decides about the commit acknowledgement; where only MSH-16 asks, the stored message is answered as accepted.
    /// </summary>
    public static Hl7AckCode? CodeFor(Hl7Message message, Hl7AckOutcome outcome)
    {
        var accept = message.Get("MSH-15");
        var application = message.Get("MSH-16");
        if (accept is null && application is null) return Application(outcome);
        if (Wants(accept, outcome)) return (Hl7AckCode)((int)Application(outcome) + 3);
        return accept is null or "NE" && Wants(application, outcome) ? Application(outcome) : null;
    }

    /// <param name="controlId">MSH-10 of the reply itself.</param>
    /// <param name="problems">Their texts name no value of the message.</param>
    /// <returns>The reply in the sender's character set, without framing.</returns>
    public static byte[] Build(Hl7Message message, Hl7AckCode code, string controlId, DateTimeOffset at, IReadOnlyList<Hl7Diagnostic> problems) =>
        Open(message, code, controlId, at, problems, message.TriggerEvent.Length == 0 ? ["ACK"] : ["ACK", message.TriggerEvent, "ACK"]).ToBytes(CharsetOf(message));

    /// <summary>The character set of an answer: the sender's, or UTF-8 where that is one of two bytes.</summary>
    public static Hl7Charset CharsetOf(Hl7Message message) => IsWide(message.Charset) ? Hl7Charset.Utf8 : message.Charset;

    /// <summary>Begins an answer of any type: MSH with sender and receiver swapped, MSA, one ERR per problem. What the type adds comes after, in the sender's separators.</summary>
    /// <param name="type">Components of MSH-9.</param>
    public static Hl7Writer Open(Hl7Message message, Hl7AckCode code, string controlId, DateTimeOffset at, IReadOnlyList<Hl7Diagnostic> problems, string[] type)
    {
        var header = message.Segment("MSH");
        var writer = new Hl7Writer(message.Separators);
        var charset = CharsetOf(message);
        writer.Segment("MSH")
            .Raw(3, Er7(header[5])).Raw(4, Er7(header[6])).Raw(5, Er7(header[3])).Raw(6, Er7(header[4]))
            .Field(7, Time(at)).Components(9, type).Field(10, controlId)
            .Raw(11, header[11].IsPresent ? Er7(header[11]) : "P").Raw(12, header[12].IsPresent ? Er7(header[12]) : "2.5.1");
        // The name as the sender writes it, if it is the name of what the answer is written in.
        writer.Raw(18, header[18].IsPresent && Hl7Charset.FromName(header[18].Repetition(1).ToText()) == charset ? Er7(header[18]) : charset.Name);
        writer.Segment("MSA").Field(1, code.ToString()).Raw(2, Er7(header[10])).Field(3, problems.Count == 0 ? null : problems[0].Text);
        AddErrors(writer, (char)message.Separators.Component, (char)message.Separators.Subcomponent, message.VersionId, problems);
        return writer;
    }

    /// <summary>The reply to bytes that are no message: AR without a control id to refer to.</summary>
    public static byte[] Unreadable(string controlId, DateTimeOffset at, IReadOnlyList<Hl7Diagnostic> problems)
    {
        var writer = new Hl7Writer();
        writer.Segment("MSH").Field(7, Time(at)).Field(9, "ACK").Field(10, controlId).Field(11, "P").Field(12, "2.5.1").Field(18, Hl7Charset.Utf8.Name);
        writer.Segment("MSA").Field(1, nameof(Hl7AckCode.AR)).Field(3, problems.Count == 0 ? null : problems[0].Text);
        AddErrors(writer, '^', '&', "2.5.1", problems);
        return writer.ToBytes(Hl7Charset.Utf8);
    }

    private static void AddErrors(Hl7Writer writer, char component, char subcomponent, string version, IReadOnlyList<Hl7Diagnostic> problems)
    {
        // ERR-2 and later exist since 2.5; before, ERR-1 says place and code in one field.
        var isOld = string.CompareOrdinal(version, "2.5") < 0 && version.Length > 0;
        foreach (var problem in problems.Take(MostErrors))
        {
            writer.Segment("ERR");
            var isPath = Hl7Path.TryParse(problem.Path, out var path);
            var code = new[] { problem.ErrCode, Hl7ErrorCode.Text(problem.ErrCode), "HL70357" };
            if (isOld)
            {
                var place = isPath ? $"{path.Segment}{component}{path.Occurrence}{component}{(path.Field > 0 ? path.Field : "")}" : $"{component}{component}";
                writer.Raw(1, $"{place}{component}{string.Join(subcomponent, code)}");
                continue;
            }

            if (isPath) writer.Raw(2, path.ToErrorLocation(component));
            writer.Components(3, code).Field(4, problem.IsError ? "E" : "W").Field(7, problem.Path).Field(8, problem.Text);
        }
    }

    private static bool Wants(string? condition, Hl7AckOutcome outcome) => condition switch
    {
        "AL" => true,
        "SU" => outcome == Hl7AckOutcome.Accepted,
        "ER" => outcome != Hl7AckOutcome.Accepted,
        _ => false,
    };

    private static Hl7AckCode Application(Hl7AckOutcome outcome) => (Hl7AckCode)(int)outcome;

    private static bool IsWide(Hl7Charset charset) => charset == Hl7Charset.Utf16 || charset == Hl7Charset.Utf16BigEndian;

    private static string Er7(FieldView field) => Encoding.UTF8.GetString(field.Bytes);

    private static string Time(DateTimeOffset at) => at.ToString("yyyyMMddHHmmss.fffzzz", CultureInfo.InvariantCulture).Replace(":", "", StringComparison.Ordinal);
}
