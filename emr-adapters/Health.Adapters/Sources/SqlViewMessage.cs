using System.Globalization;
using System.Text.RegularExpressions;
using Health.Hl7v2;

namespace Health.Adapters.Sources;

/// <summary>
/// A row of the view as the ADT message the hospital would have sent: from here on a pulled hospital is like any other. The same row
/// always becomes the same bytes.
/// </summary>
internal static partial class SqlViewMessage
{
    public static byte[] Of(SqlViewRow row, SourceProfile profile, SqlViewSettings settings)
    {
        var trigger = row["status"] is { } status ? settings.Triggers.GetValueOrDefault(status, "A08") : "A08";
        var (application, facility) = (profile.SendingApplication, profile.SendingFacility);
        var message = new Hl7Writer()
            .Segment("MSH").Field(3, application).Field(4, facility).Field(5, "HEALTH")
            .Field(7, row.UpdatedAt.ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture) + "+0000").Components(9, "ADT", trigger)
            .Field(10, string.Create(CultureInfo.InvariantCulture, $"{row.Key}-{row.Hash}")).Field(11, "P").Field(12, "2.5.1").Field(18, Hl7Charset.Utf8.Name)
            .Segment("EVN").Field(1, trigger).Field(2, row.UpdatedAt.ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture) + "+0000")
            .Segment("PID").Field(1, "1");
        if (row["recordNo"] is { } record) message.Components(3, record, "", "", facility ?? application, "PI");
        if (row["idNo"] is { } number) message.Components(3, number, "", "", "", "NI");
        return message
            .Field(5, row["name"]).Field(7, Date(row["birth"])).Field(8, row["sex"]).Field(11, row["address"]).Field(13, row["phone"])
            .Segment("PV1").Field(1, "1").Field(2, row["visitClass"]).Field(3, row["deptName"] ?? row["deptCode"])
            .Components(7, row["doctorCode"], row["doctorName"]).Field(19, row["visitNo"])
            .Field(44, Date(row["admitTime"])).Field(45, Date(row["dischargeTime"]))
            .ToBytes(Hl7Charset.Utf8);
    }

    /// <summary>1990-01-01, 1990/1/1 and times behind them become HL7's form; what is none of them stays, for the mapping to report.</summary>
    private static string? Date(string? text)
    {
        if (text is null || DateForm().Match(text) is not { Success: true } match) return text;
        var day = $"{match.Groups[1].Value}{match.Groups[2].Value.PadLeft(2, '0')}{match.Groups[3].Value.PadLeft(2, '0')}";
        return match.Groups[4].Success ? $"{day}{match.Groups[4].Value}{match.Groups[5].Value}{match.Groups[6].Value}" : day;
    }

    [GeneratedRegex(@"^\s*(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[ T](\d{2}):(\d{2})(?::(\d{2}))?)?\s*$")]
    private static partial Regex DateForm();
}
