using Health.Adapters.Sources;
using Health.Hl7v2;

namespace Health.Adapters.Acknowledging;

/// <summary>
/// Which answers a stored message gets (HL7 v2.5.1 §2.9). Original mode: one. Enhanced mode: a commit acknowledgement at once when MSH-15
/// asks for it, an application acknowledgement after processing when MSH-16 does.
/// </summary>
/// <param name="Now">Once it is stored; null: none then.</param>
/// <param name="Later">MSH-16 (AL, ER, SU) when an application acknowledgement follows by itself.</param>
/// <param name="Waits">The answer at the door is the application acknowledgement.</param>
internal readonly record struct AnswerPlan(Hl7AckCode? Now, string? Later, bool Waits)
{
    /// <param name="canFollow">The door, or the profile's return address, can take a message of the platform's own later.</param>
    public static AnswerPlan Of(Hl7Message message, ProtocolSettings settings, bool canFollow)
    {
        var accept = message.Get("MSH-15");
        var application = message.Get("MSH-16");
        if (accept is null && application is null) return settings.AnswerAfterProcessing ? new(null, null, true) : new(Hl7AckCode.AA, null, false);
        var later = application is "AL" or "ER" or "SU" ? application : null;
        if (accept is "AL" or "SU") return new(Hl7AckCode.CA, later, false);
        return canFollow || later is null ? new(null, later, false) : new(null, null, true);
    }

    /// <summary>Whether a condition of MSH-16 asks for an acknowledgement with this code.</summary>
    public static bool Wants(string condition, Hl7AckCode code) => condition switch
    {
        "ER" => code != Hl7AckCode.AA,
        "SU" => code == Hl7AckCode.AA,
        _ => true,
    };
}
