using Health.Adapters.Mapping.Maps;
using Health.Adapters.Mapping.Messages;
using Health.Adapters.Mapping.Tables;
using Health.Adapters.Mapping.Values;
using Health.Contracts;
using Health.Hl7v2;

namespace Health.Adapters.Mapping.Segments;

/// <summary>PID to Patient (with the NK1 of the message as contacts), and to the identity the index of persons is asked with.</summary>
internal static class Pid
{
    private const string Extensions = "http://hl7.org/fhir/StructureDefinition/";
    private static readonly SegmentMap Map = SegmentMaps.Of("PID", "Patient");
    private static readonly string[] Unions = ["identifier"];

    public static void Write(MappingRun run, SegmentView pid, string patientId, List<PatientNumber> numbers, bool isIdentified)
    {
        run.Take(pid, Map);
        var patch = Patch.Of("Patient");
        WriteNumbers(patch, pid, numbers, run);
        Map.Write(patch, pid, run);
        Nk1.Map(patch, run);
        patch.Reference("managingOrganization", "Organization", run.Names.OrganizationId);
        MergedPatients.Link(patch, run, patientId);
        run.PatientId = patientId;
        run.Add(patch, patientId, unions: Unions);
        if (isIdentified) run.Identity = Identity(run, pid, patientId, numbers);
    }

    private static PatientIdentity Identity(MappingRun run, SegmentView pid, string patientId, List<PatientNumber> numbers)
    {
        var birth = pid[7].Component(1).Time() is { Precision: >= Hl7Precision.Day } known ? DateOnly.FromDateTime(known.Local) : (DateOnly?)null;
        var identifiers = new PersonIdentifier[numbers.Count];
        for (var i = 0; i < identifiers.Length; i++) identifiers[i] = new PersonIdentifier(numbers[i].System, numbers[i].Value);
        return new PatientIdentity(
            patientId, run.Institution, identifiers, pid[5].IsPresent ? HumanNames.TextOf(pid[5].Repetition(1)) : null, pid[8].Text(1) is { } sex ? Statuses.Gender(sex) : null, birth)
        {
            Phone = pid[13].IsPresent ? ContactPoints.ValueOf(pid[13].Repetition(1)) : null,
        };
    }

    /// <summary>Numbers of a kind the message does not name stay. A person has one resident ID number: a new one, or PID-19 null, takes the old one out.</summary>
    private static void WriteNumbers(Patch patch, SegmentView pid, List<PatientNumber> numbers, MappingRun run)
    {
        patch.Array("identifier");
        if (pid[19].IsNull() || numbers.Exists(number => number.System == IdentifierSystems.ResidentId))
        {
            patch.Object();
            patch.Text("system", IdentifierSystems.ResidentId);
            patch.Null("value");
            patch.End();
        }

        foreach (var number in numbers)
        {
            patch.Object();
            if (number.Type is { } type && CodeableConcepts.IsCode(type)) patch.Fixed("type", CodeSystems.IdentifierType, type);
            patch.Text("system", number.System);
            patch.Text("value", number.Value);
            if (number.Repetition > 0 && pid[3].Repetition(number.Repetition) is var cx) patch.Period(cx.Component(7), cx.Component(8), run);
            patch.End();
        }

        patch.End();
    }

    public static void WriteBirth(Patch patch, SegmentView pid, MappingRun run)
    {
        if (!patch.Says("birthDate", pid[7]))
        {
            if (pid[7].IsNull()) patch.Null("_birthDate");
            return;
        }

        if (run.Time(pid[7]) is not { } birth) return;
        patch.Time("birthDate", birth with { Precision = birth.Precision > Hl7Precision.Day ? Hl7Precision.Day : birth.Precision }, run.Zone);
        if (birth.Precision <= Hl7Precision.Day)
        {
            patch.Null("_birthDate");
            return;
        }

        patch.Object("_birthDate");
        patch.Array("extension");
        patch.Object();
        patch.Text("url", Extensions + "patient-birthTime");
        patch.Time("valueDateTime", birth, run.Zone);
        patch.End();
        patch.End();
        patch.End();
    }

    /// <summary>deceased[x] is one element: writing one form removes the other.</summary>
    public static void WriteDeath(Patch patch, SegmentView pid, MappingRun run)
    {
        if (run.Time(pid[29]) is { } time)
        {
            patch.Null("deceasedBoolean");
            patch.Time("deceasedDateTime", time, run.Zone);
        }
        else if (pid[30].Text(1) is "Y" or "N")
        {
            patch.Null("deceasedDateTime");
            patch.Flag("deceasedBoolean", pid[30].Text(1) == "Y");
        }
        else if (pid[29].IsNull() || pid[30].IsNull())
        {
            if (pid[29].IsNull()) patch.Null("deceasedDateTime");
            if (pid[30].IsNull()) patch.Null("deceasedBoolean");
        }
        else if (pid[30].IsPresent)
        {
            run.Unmapped(pid.PathOf(30));
        }
    }

    public static void WriteAddresses(Patch patch, SegmentView pid, MappingRun run)
    {
        if (!patch.Says("address", pid[11], pid[12])) return;
        var district = pid[12].Component(1);
        patch.Array("address");
        if (pid[11].IsPresent)
            foreach (var address in pid[11].Repetitions) patch.Address(null, address, run, pid[11].Repetition(2).IsPresent ? default : district);
        else patch.Address(null, pid[11].Repetition(1), run, district);
        patch.End();
    }

    public static void WriteMultipleBirth(Patch patch, SegmentView pid, MappingRun run)
    {
        if (pid[25].Text(1) is { } order)
        {
            if (!int.TryParse(order, out var number) || number < 0)
            {
                run.Unmapped(pid.PathOf(25));
                return;
            }

            patch.Null("multipleBirthBoolean");
            patch.Number("multipleBirthInteger", number.ToString());
        }
        else if (pid[24].Text(1) is "Y" or "N")
        {
            patch.Null("multipleBirthInteger");
            patch.Flag("multipleBirthBoolean", pid[24].Text(1) == "Y");
        }
    }
}
