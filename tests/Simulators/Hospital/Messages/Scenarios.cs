using System.Globalization;
using Health.Simulators.Hospital.Mllp;

namespace Health.Simulators.Hospital.Messages;

/// <summary>The messages of an ordinary day.</summary>
internal static class Scenarios
{
    private static readonly TimeSpan China = TimeSpan.FromHours(8);
    private static int sequence;

    public static IReadOnlyList<string> Names { get; } =
        ["registration", "admission", "update", "discharge", "cancellation", "blood-count", "broken-registration"];

    public static OutgoingMessage Build(string name, ScenarioRequest request, TimeProvider clock)
    {
        var profile = SenderProfile.Of(request.Sender);
        var now = clock.GetUtcNow().ToOffset(China).ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture);
        var said = request with
        {
            Time = request.Time ?? now,
            ControlId = request.ControlId ?? $"{profile.Facility}{now}{Interlocked.Increment(ref sequence):D4}",
        };
        var text = name switch
        {
            "registration" => Admissions.Write("A04", "ADT_A01", said, profile, said.Class ?? "O"),
            "admission" => Admissions.Write("A01", "ADT_A01", said, profile, said.Class ?? "I"),
            "update" => Admissions.Write("A08", "ADT_A01", said, profile, said.Class ?? ""),
            "discharge" => Admissions.Write("A03", "ADT_A03", said, profile, said.Class ?? ""),
            "cancellation" => Admissions.Write("A11", "ADT_A09", said, profile, said.Class ?? ""),
            "blood-count" => BloodCount.Write(said, profile),
            "broken-registration" => Admissions.Write("A04", "ADT_A01", said with { Patient = said.Patient with { LocalId = "", IdNumber = null } }, profile, "O"),
            _ => throw new BadRequestException($"scenario {name} is not known; known are {string.Join(", ", Names)}"),
        };
        return OutgoingMessage.FromText(text, profile.Charset);
    }
}
