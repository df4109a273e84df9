using System.Text;
using Health.Adapters.Mapping;
using Health.Adapters.Mapping.Segments;
using Health.Adapters.Mapping.Values;
using Health.Adapters.Sources;
using Health.Contracts;
using Health.Hl7v2;

namespace Health.Adapters.Queries;

/// <summary>
/// Reads what a QBP asks: of Q22 (find candidates) the demographics in QPD-3 as criteria of a FHIR search, of Q23 (get corresponding identifiers) the number in
/// QPD-3, of both the domains the answer may be of.
/// </summary>
internal static class PatientQuestion
{
    private const string SystemOfCityCard = "绵州通";

    /// <summary>One parameter of QPD-3: where it would stand in PID, and its value.</summary>
    private readonly record struct Parameter(string Place, string Value, string Path);

    /// <summary>Criteria of a search for Patients; or what is wrong with the query.</summary>
    public static (string? Query, Hl7Diagnostic? Problem) Criteria(Hl7Message message, SourceProfile source, Func<string, bool> isInstitution, Func<string, string, string, string> deriveId)
    {
        var number = new Dictionary<string, string>(StringComparer.Ordinal);
        var name = new Dictionary<string, string>(StringComparer.Ordinal);
        List<string> criteria = [];
        foreach (var parameter in Parameters(message))
        {
            switch (parameter.Place)
            {
                case "PID.3.1" or "PID.3.4" or "PID.3.4.1" or "PID.3.4.2" or "PID.3.4.3" or "PID.3.5":
                    number[parameter.Place] = parameter.Value;
                    break;
                case "PID.5" or "PID.5.1" or "PID.5.1.1" or "PID.5.2":
                    name[parameter.Place == "PID.5.2" ? "given" : "family"] = parameter.Value;
                    break;
                case "PID.7" or "PID.7.1":
                    if (!Hl7Timestamp.TryParse(parameter.Value, out var birth))
                        return Wrong(parameter.Path, Hl7ErrorCode.DataType, "The date of birth is no date.");
                    criteria.Add(Criterion("birthdate", (birth with { Precision = birth.Precision > Hl7Precision.Day ? Hl7Precision.Day : birth.Precision }).ToFhirDateTime(TimeSpan.Zero)));
                    break;
                case "PID.8" or "PID.8.1":
                    if (Mapping.Tables.Statuses.Gender(parameter.Value) is not { } gender)
                        return Wrong(parameter.Path, Hl7ErrorCode.TableValueNotFound, "The sex is no code of table 0001.");
                    criteria.Add(Criterion("gender", gender));
                    break;
                case "PID.13" or "PID.13.1" or "PID.13.12":
                    criteria.Add(Criterion("phone", parameter.Value));
                    break;
                case "PID.11" or "PID.11.1" or "PID.11.1.1" or "PID.11.3" or "PID.11.4" or "PID.11.9":
                    criteria.Add(Criterion("address", parameter.Value));
                    break;
                default:
                    return Wrong(parameter.Path, Hl7ErrorCode.UnknownKeyIdentifier, "This parameter is not asked by here; known are PID.3, 5, 7, 8, 11 and 13.");
            }
        }

        if (name.Count > 0) criteria.AddRange(NameCriteria(name));
        if (number.TryGetValue("PID.3.1", out var value))
        {
            if (Number($"{Er7(value)}^^^{Authority(number)}^{Er7(number.GetValueOrDefault("PID.3.5"))}", source, isInstitution, deriveId) is not { } identifier)
                return Wrong("QPD-3", Hl7ErrorCode.UnknownKeyIdentifier, "The number or its domain is not known.");
            criteria.Add(Criterion(identifier));
        }
        else if (number.Count > 0)
        {
            return Wrong("QPD-3", Hl7ErrorCode.RequiredFieldMissing, "A domain or type of number is asked for without a number (PID.3.1).");
        }

        return criteria.Any(criterion => !criterion.StartsWith("gender=", StringComparison.Ordinal) && !criterion.StartsWith("address=", StringComparison.Ordinal))
            ? (string.Join('&', criteria), null)
            : Wrong("QPD-3", Hl7ErrorCode.RequiredFieldMissing, "A number, a name, a date of birth or a telephone number is needed.");
    }

    /// <summary>The number Q23 asks about; null when number or domain are not known here.</summary>
    public static PersonIdentifier? AskedNumber(SegmentView qpd, SourceProfile source, Func<string, bool> isInstitution, Func<string, string, string, string> deriveId) =>
        qpd[3].Text(1) is null ? null : Number(Encoding.UTF8.GetString(qpd[3].Repetition(1).Bytes), source, isInstitution, deriveId);

    /// <summary>Systems of the domains that QPD-4 (Q23) or QPD-8 (Q22) names; null: all. The first that is not known is the problem.</summary>
    public static (HashSet<string>? Systems, Hl7Diagnostic? Problem) Domains(SegmentView qpd, int field, SourceProfile source, Func<string, bool> isInstitution)
    {
        if (!qpd[field].IsPresent) return (null, null);
        HashSet<string> systems = [];
        var place = 0;
        foreach (var domain in qpd[field].Repetitions)
        {
            place++;
            if (SystemOf(domain, source, isInstitution) is not { } system)
                return (null, Hl7Diagnostic.Error($"QPD-{field}[{place}]", Hl7ErrorCode.UnknownKeyIdentifier, "The domain is not known."));
            systems.Add(system);
        }

        return (systems, null);
    }

    public static string Criterion(PersonIdentifier identifier) =>
        $"identifier={Uri.EscapeDataString($"{Plain(identifier.System)}|{Plain(identifier.Value)}")}";

    private static IEnumerable<Parameter> Parameters(Hl7Message message)
    {
        var (found, place) = (new List<Parameter>(), 0);
        foreach (var repetition in message.Segment("QPD")[3].Repetitions)
        {
            place++;
            if (repetition.Text(1) is { } name && repetition.Text(2) is { } value)
                found.Add(new Parameter(name.TrimStart('@').ToUpperInvariant(), value.Trim().TrimEnd('*'), $"QPD-3[{place}]"));
        }

        return found;
    }

    /// <summary>A Chinese name is one text wherever it is divided; others are asked part by part. Both find what begins so.</summary>
    private static IEnumerable<string> NameCriteria(Dictionary<string, string> name)
    {
        var (family, given) = (name.GetValueOrDefault("family"), name.GetValueOrDefault("given"));
        if (HumanNames.IsChinese(family ?? given!)) return [Criterion("name", family + given)];
        List<string> parts = [];
        if (family is not null) parts.Add(Criterion("name", family));
        if (given is not null) parts.Add(Criterion("given", given));
        return parts;
    }

    /// <summary>A CX as the messages of this source would be read, other institutions' domains by their code.</summary>
    private static PersonIdentifier? Number(
        string cx, SourceProfile source, Func<string, bool> isInstitution, Func<string, string, string, string> deriveId)
    {
        using var message = Hl7Message.Read(Encoding.UTF8.GetBytes($"MSH|^~\\&|\rPID|||{cx}\r"), Hl7Charset.Utf8).Message!;
        var pid = message.Segment("PID");
        var repetition = pid[3].Repetition(1);
        if (repetition.Text(1) is not { } value) return null;
        if (repetition.Component(4).IsPresent)
        {
            if (SystemOf(repetition, source, isInstitution) is not { } system) return null;
            if (system.StartsWith(InstitutionRoot, StringComparison.Ordinal)) return new PersonIdentifier(system, value);
        }

        var run = new MappingRun(message, new MappingContext(source, "", default, deriveId));
        return PatientNumbers.Read(pid, run) is [var number, ..] ? new PersonIdentifier(number.System, number.Value) : null;
    }

    private const string InstitutionRoot = "urn:health:institution:";

    /// <summary>
    /// The system of a domain in CX.4: an institution by its code or the asker's own name for itself, a national number by its OID.
    /// </summary>
    private static string? SystemOf(RepetitionView cx, SourceProfile source, Func<string, bool> isInstitution)
    {
        var (name, id, type) = (cx.Text(4, 1), cx.Text(4, 2), cx.Text(4, 3));
        if (Identifiers.Universal(id, type) is { } universal) return universal;
        if (name is null) return null;
        if (name == SystemOfCityCard) return IdentifierSystems.CityCard;
        if (name == source.SendingFacility || name == source.InstitutionCode) return IdentifierSystems.LocalPatient(source.InstitutionCode);
        return isInstitution(name) ? IdentifierSystems.LocalPatient(name) : null;
    }

    private static string Authority(Dictionary<string, string> number) =>
        Mapping.Outbound.Er7.Sub(
            number.GetValueOrDefault("PID.3.4") ?? number.GetValueOrDefault("PID.3.4.1"), number.GetValueOrDefault("PID.3.4.2"), number.GetValueOrDefault("PID.3.4.3"));

    private static string Er7(string? text) => Mapping.Outbound.Er7.Text(text);

    private static string Criterion(string name, string value) => $"{name}={Uri.EscapeDataString(Plain(value))}";

    /// <summary>What separates values in a FHIR search is text here.</summary>
    private static string Plain(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace(",", "\\,", StringComparison.Ordinal)
            .Replace("|", "\\|", StringComparison.Ordinal).Replace("$", "\\$", StringComparison.Ordinal);

    private static (string?, Hl7Diagnostic?) Wrong(string path, string code, string text) => (null, Hl7Diagnostic.Error(path, code, text));
}
