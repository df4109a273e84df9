using Health.Adapters.Mapping.Tables;
using Health.Adapters.Mapping.Values;
using Health.Contracts;
using Health.Hl7v2;

namespace Health.Adapters.Mapping.Segments;

/// <summary>PID to Patient (with the NK1 of the message as contacts), and to the identity the index of persons is asked with.</summary>
internal static class Pid
{
    private const string Extensions = "http://hl7.org/fhir/StructureDefinition/";
    private static readonly FieldSet Mapped = FieldSet.Of(1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19, 23, 24, 25, 26, 28, 29, 30, 40);

    public static void Map(MappingRun run, SegmentView pid, string patientId, List<PatientNumber> numbers, bool isIdentified)
    {
        run.Take(pid, Mapped);
        var patch = new Patch("Patient");
        WriteNumbers(patch, numbers, pid[19].IsNull());
        WriteNames(patch, pid);
        WriteBirth(patch, pid, run);
        var gender = WriteGender(patch, pid[8], run);
        WriteDeath(patch, pid, run);
        WriteAddresses(patch, pid);
        WriteTelecoms(patch, pid);
        patch.Concept("maritalStatus", pid[16], run, "PID-16", CodeTables.MaritalStatus);
        WriteMultipleBirth(patch, pid, run);
        WriteLanguage(patch, pid, run);
        WriteExtensions(patch, pid, run);
        Nk1.Map(patch, run);
        patch.Reference("managingOrganization", "Organization", InstitutionId(run));
        run.PatientId = patientId;
        run.Add(patch, patientId, default, "identifier");
        if (isIdentified) run.Identity = Identity(run, pid, patientId, numbers, gender);
    }

    public static string InstitutionId(MappingRun run) => run.Institution.ToLowerInvariant();

    private static PatientIdentity Identity(MappingRun run, SegmentView pid, string patientId, List<PatientNumber> numbers, string? gender)
    {
        var time = pid[7].Text(1) is { } text && Hl7Timestamp.TryParse(text, out var read) ? read : (Hl7Timestamp?)null;
        var birth = time is { Precision: >= Hl7Precision.Day } known ? DateOnly.FromDateTime(known.Local) : (DateOnly?)null;
        return new PatientIdentity(
            patientId, run.Institution, [.. numbers.Select(number => new PersonIdentifier(number.System, number.Value))],
            pid[5].IsPresent ? HumanNames.TextOf(pid[5].Repetition(1)) : null, gender, birth)
        {
            Phone = pid[13].IsPresent ? ContactPoints.ValueOf(pid[13].Repetition(1)) : null,
        };
    }

    /// <summary>Numbers of a kind the message does not name stay. A person has one resident ID number: a new one, or PID-19 null, takes the old one out.</summary>
    private static void WriteNumbers(Patch patch, List<PatientNumber> numbers, bool losesResidentId)
    {
        patch.Array("identifier");
        if (losesResidentId || numbers.Exists(number => number.System == IdentifierSystems.ResidentId))
        {
            patch.Object();
            patch.Text("system", IdentifierSystems.ResidentId);
            patch.Null("value");
            patch.End();
        }

        foreach (var number in numbers) patch.Identifier(null, number.System, number.Value, number.Type is { } type && CodeableConcepts.IsCode(type) ? type : null);
        patch.End();
    }

    private static void WriteNames(Patch patch, SegmentView pid)
    {
        if (!patch.Says("name", pid[5], pid[9])) return;
        patch.Array("name");
        if (pid[5].IsPresent) foreach (var name in pid[5].Repetitions) patch.Name(null, name);
        if (pid[9].IsPresent) foreach (var alias in pid[9].Repetitions) patch.Name(null, alias);
        patch.End();
    }

    private static void WriteBirth(Patch patch, SegmentView pid, MappingRun run)
    {
        if (!patch.Says("birthDate", pid[7]))
        {
            if (pid[7].IsNull()) patch.Null("_birthDate");
            return;
        }

        if (run.Time(pid[7]) is not { } birth) return;
        patch.Text("birthDate", birth.ToFhirDate());
        if (birth.Precision <= Hl7Precision.Day)
        {
            patch.Null("_birthDate");
            return;
        }

        patch.Object("_birthDate");
        patch.Array("extension");
        patch.Object();
        patch.Text("url", Extensions + "patient-birthTime");
        patch.Text("valueDateTime", birth.ToFhirDateTime(run.Zone));
        patch.End();
        patch.End();
        patch.End();
    }

    private static string? WriteGender(Patch patch, FieldView field, MappingRun run)
    {
        if (!patch.Says("gender", field)) return null;
        var gender = Statuses.Gender(field.Text(1) ?? "");
        if (gender is null) run.Unmapped(field.Path);
        patch.Text("gender", gender);
        return gender;
    }

    /// <summary>deceased[x] is one element: writing one form removes the other.</summary>
    private static void WriteDeath(Patch patch, SegmentView pid, MappingRun run)
    {
        if (run.DateTime(pid[29]) is { } time)
        {
            patch.Null("deceasedBoolean");
            patch.Text("deceasedDateTime", time);
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

    private static void WriteAddresses(Patch patch, SegmentView pid)
    {
        if (!patch.Says("address", pid[11], pid[12])) return;
        var district = pid[12].Text(1);
        patch.Array("address");
        if (pid[11].IsPresent)
            foreach (var address in pid[11].Repetitions) patch.Address(null, address, pid[11].Repetition(2).IsPresent ? null : district);
        else patch.Address(null, pid[11].Repetition(1), district);
        patch.End();
    }

    private static void WriteTelecoms(Patch patch, SegmentView pid)
    {
        if (!patch.Says("telecom", pid[13], pid[14]) && !patch.Says("telecom", pid[40])) return;
        patch.Array("telecom");
        if (pid[13].IsPresent) foreach (var home in pid[13].Repetitions) patch.Telecom(home, "home");
        if (pid[14].IsPresent) foreach (var work in pid[14].Repetitions) patch.Telecom(work, "work");
        if (pid[40].IsPresent) foreach (var other in pid[40].Repetitions) patch.Telecom(other, null);
        patch.End();
    }

    private static void WriteMultipleBirth(Patch patch, SegmentView pid, MappingRun run)
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

    private static void WriteLanguage(Patch patch, SegmentView pid, MappingRun run)
    {
        if (!patch.Says("communication", pid[15])) return;
        patch.Array("communication");
        patch.Object();
        patch.Concept("language", pid[15].Repetition(1), run, "PID-15");
        patch.End();
        patch.End();
    }

    private static void WriteExtensions(Patch patch, SegmentView pid, MappingRun run)
    {
        patch.Array("extension");
        if (pid[6].IsPresent) Value(patch, "patient-mothersMaidenName", () => patch.Text("valueString", HumanNames.TextOf(pid[6].Repetition(1))));
        if (pid[17].IsPresent) Value(patch, "patient-religion", () => patch.Concept("valueCodeableConcept", pid[17].Repetition(1), run, "PID-17"));
        if (pid[23].IsPresent)
        {
            Value(patch, "patient-birthPlace", () =>
            {
                patch.Object("valueAddress");
                patch.Text("text", pid[23].ToText());
                patch.End();
            });
        }

        Coded(patch, "patient-citizenship", pid[26], run);
        Coded(patch, "patient-nationality", pid[28], run);
        patch.End();
    }

    private static void Coded(Patch patch, string name, FieldView field, MappingRun run)
    {
        if (!field.IsPresent) return;
        foreach (var code in field.Repetitions)
        {
            patch.Object();
            patch.Array("extension");
            patch.Object();
            patch.Concept("valueCodeableConcept", code, run, $"PID-{field.Number}");
            if (patch.IsOpen) patch.Text("url", "code");
            patch.End();
            patch.End();
            if (patch.IsOpen) patch.Text("url", Extensions + name);
            patch.End();
        }
    }

    private static void Value(Patch patch, string name, Action write)
    {
        patch.Object();
        write();
        if (patch.IsOpen) patch.Text("url", Extensions + name);
        patch.End();
    }
}
