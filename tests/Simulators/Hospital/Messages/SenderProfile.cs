using Health.Simulators.Hospital.Mllp;

namespace Health.Simulators.Hospital.Messages;

/// <summary>How one hospital system writes: names in MSH, charset, and its own code for the sexes.</summary>
internal sealed record SenderProfile(string Application, string Facility, string Charset, string Msh18, string Male, string Female)
{
    private static readonly SenderProfile Municipal = new("HIS", "MYCH", "UTF-8", "UNICODE UTF-8", "M", "F");

    /// <summary>Writes GB/T 2261.1 in PID-8, as many systems do.</summary>
    private static readonly SenderProfile Township = new("CIS", "YXWS", "GB18030", "GB 18030-2000", "1", "2");

    public static SenderProfile Of(string id) => id switch
    {
        "mych" => Municipal,
        "yxws" => Township,
        _ => throw new BadRequestException($"sender {id} is not known; mych and yxws are"),
    };

    public string Sex(string? sex) => sex switch { "male" => Male, "female" => Female, _ => "" };
}
