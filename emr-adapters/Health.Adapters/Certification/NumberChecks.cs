using System.Text.RegularExpressions;
using Health.Adapters.Mapping;
using Health.Contracts;
using Health.Hl7v2;

namespace Health.Adapters.Certification;

/// <summary>Numbers of persons and institutions: check digits, form of card numbers, OIDs.</summary>
internal static partial class NumberChecks
{
    private static readonly Hl7Path[] Authorities = [.. new[] { "PID-3.4", "PV1-19.4", "OBX-23.6", "ORC-21.6" }.Select(Hl7Path.Parse)];

    /// <param name="mapped">What the mapping made of the message; it knows which number is of which kind.</param>
    public static void Take(Hl7Message message, string controlId, MappingResult.Mapped mapped, CheckTally tally)
    {
        if (mapped.Identity is { } identity)
            foreach (var number in identity.Identifiers) Judge(number, identity, controlId, tally);
        if (mapped.UnmappedPaths.Contains("PID-19")) tally.Fail(CheckList.ResidentIds, controlId, "PID-19", "The number is not 18 characters with a right check digit.");
        foreach (var path in Authorities) Institutions(message, path, controlId, tally);
    }

    private static void Judge(PersonIdentifier number, PatientIdentity identity, string controlId, CheckTally tally)
    {
        if (number.System == IdentifierSystems.ResidentId)
        {
            tally.Pass(CheckList.ResidentIds);
            if (!ResidentIdNumber.TryParse(number.Value, out var resident)) return;
            if (identity.BirthDate is { } birth) tally.Judge(CheckList.IdsAgree, birth == resident.BirthDate, controlId, "PID-7", "Another day of birth than the resident ID number says.");
            if (identity.Gender is "male" or "female") tally.Judge(CheckList.IdsAgree, identity.Gender == resident.Gender, controlId, "PID-8", "Another sex than the resident ID number says.");
        }
        else if (number.System.EndsWith(":resident-id-unverified", StringComparison.Ordinal))
        {
            tally.Fail(CheckList.ResidentIds, controlId, "PID-3", "The number is not 18 characters with a right check digit.");
        }
        else if (number.System == IdentifierSystems.HealthCard)
        {
            tally.Judge(CheckList.HealthCards, CardNumber().IsMatch(number.Value), controlId, "PID-3", "A health card number has 8 to 32 letters and digits.");
        }
    }

    /// <summary>An authority of type ISO is an OID (ISO/IEC 8824): arcs without leading zeros, the first 0, 1 or 2.</summary>
    private static void Institutions(Hl7Message message, Hl7Path path, string controlId, CheckTally tally)
    {
        foreach (var segment in message.Segments(path.Segment))
        {
            foreach (var repetition in segment[path.Field].Repetitions)
            {
                var authority = repetition.Component(path.Component);
                if (authority.Sub(3).ToText() != "ISO") continue;
                tally.Judge(CheckList.Oids, Oid().IsMatch(authority.Sub(2).ToText()), controlId, $"{segment.PathOf(path.Field)}.{path.Component}.2", "Said to be ISO and no OID.");
            }
        }
    }

    [GeneratedRegex("^[0-9A-Za-z]{8,32}$")]
    private static partial Regex CardNumber();

    [GeneratedRegex(@"^[0-2](\.(0|[1-9]\d*))+$")]
    private static partial Regex Oid();
}
