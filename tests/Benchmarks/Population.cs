using System.Globalization;
using Health.Contracts;

namespace Health.Benchmarks;

/// <summary>A resource as the generator makes it. <paramref name="Json"/> holds id and meta where <see cref="Population.Meta"/> was given.</summary>
public sealed record MadeResource(string Type, string Id, string Json);

/// <summary>
/// A reproducible population: person n is always the same. Twenty resources each (Patient, 3 Encounters, 2 Conditions, 2 MedicationRequests, a
/// DiagnosticReport, 11 Observations) with varied names, codes and dates; codes are as unequal as in life (a few are everywhere, most are rare).
/// </summary>
public static class Population
{
    public const int ResourcesPerPatient = 20, ChronicObservations = 60;
    public const string Hospital = "MY510703H001", County = "MY510722H001", ChronicCode = "2339-0", Haemoglobin = "718-7";
    private const string Families = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段";
    private const string Givens = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红梅鑫波斌宇浩凯健俊帆雪琳晨阳欣怡嘉豪子涵梓轩诗雨浩然思远文博志强建国国庆海燕春生秋月冬青云飞永福长寿";
    private static readonly DateOnly FirstBirth = new(1930, 1, 1);
    private static readonly DateTime FirstVisit = new(2016, 1, 1, 8, 0, 0, DateTimeKind.Unspecified);
    private const int BirthDays = 33_000, VisitMinutes = 10 * 365 * 24 * 60, Codes = 60, Diagnoses = 400, Medicines = 200;

    /// <summary>Every fifth person belongs to the county hospital, so that the access filter has something to hide.</summary>
    public static string InstitutionOf(int n) => n % 5 == 4 ? County : Hospital;

    public static string PatientId(int n) => $"bp{n}";

    public static string ResidentId(int n) => $"bench-{n}";

    /// <summary>The n-th person of the hospital.</summary>
    public static int OfHospital(int n) => n / 4 * 5 + n % 4;

    public static string LocalNumber(int n) => $"B{n:0000000}";

    public static string Family(int n) => Families[n * 7 % Families.Length].ToString();

    public static string Given(int n) => string.Concat(Givens[n * 13 % Givens.Length], Givens[n / Givens.Length * 11 % Givens.Length]);

    public static DateOnly Birth(int n) => FirstBirth.AddDays(n % BirthDays * 7 % BirthDays);

    public static string ObservationCode(Random random) => $"{1000 + Unequal(random, Codes)}-{Unequal(random, Codes) % 10}";

    public static string Diagnosis(Random random) => Unequal(random, Diagnoses) is var d ? $"{(char)('A' + d % 26)}{10 + d / 26}.{d % 10}" : "";

    public static string Medicine(Random random) => $"M{Unequal(random, Medicines):000}";

    public static string IdNumber(int n)
    {
        var digits = $"{ResidentIdNumber.TestDivision}{Birth(n):yyyyMMdd}{n / BirthDays:000}";
        return digits + ResidentIdNumber.CheckCharacter(digits);
    }

    /// <param name="meta">Members after resourceType of the resource (type, id), such as id and meta; or nothing.</param>
    /// <param name="reference">How another resource of the person is named.</param>
    public static IEnumerable<MadeResource> Of(int n, Func<string, string, string> meta, Func<string, string, string> reference)
    {
        var random = new Random(n);
        var patient = PatientId(n);
        var subject = $"{{\"reference\":\"{reference("Patient", patient)}\"}}";
        MadeResource Made(string type, string id, string members) => new(type, id, $"{{\"resourceType\":\"{type}\",{meta(type, id)}{members}}}");

        yield return Made("Patient", patient, PatientMembers(n));
        var start = Visit(random);
        for (var i = 0; i < 3; i++)
        {
            start = Visit(random);
            yield return Made("Encounter", $"be{n}-{i}",
                $"\"status\":\"finished\",\"class\":{{\"system\":\"http://terminology.hl7.org/CodeSystem/v3-ActCode\",\"code\":\"{(random.Next(8) == 0 ? "IMP" : "AMB")}\"}},\"subject\":{subject}," +
                $"\"period\":{{\"start\":\"{Time(start)}\",\"end\":\"{Time(start.AddMinutes(20 + random.Next(300)))}\"}},\"serviceProvider\":{{\"reference\":\"Organization/{InstitutionOf(n).ToLowerInvariant()}\"}}");
        }

        var encounter = $"{{\"reference\":\"{reference("Encounter", $"be{n}-0")}\"}}";
        for (var i = 0; i < 2; i++)
            yield return Made("Condition", $"bc{n}-{i}",
                "\"clinicalStatus\":{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/condition-clinical\",\"code\":\"active\"}]}," +
                $"\"code\":{{\"coding\":[{{\"system\":\"http://hl7.org/fhir/sid/icd-10\",\"code\":\"{Diagnosis(random)}\"}}]}},\"subject\":{subject},\"encounter\":{encounter},\"onsetDateTime\":\"{Time(Visit(random))}\"");
        for (var i = 0; i < 2; i++)
            yield return Made("MedicationRequest", $"bm{n}-{i}",
                $"\"status\":\"{(random.Next(3) == 0 ? "active" : "completed")}\",\"intent\":\"order\",\"medicationCodeableConcept\":{{\"coding\":[{{\"system\":\"urn:health:medicine\",\"code\":\"{Medicine(random)}\"}}]}}," +
                $"\"subject\":{subject},\"encounter\":{encounter},\"authoredOn\":\"{Time(Visit(random))}\"");
        yield return Made("DiagnosticReport", $"bd{n}",
            $"\"status\":\"final\",\"code\":{{\"coding\":[{{\"system\":\"http://loinc.org\",\"code\":\"58410-2\"}}]}},\"subject\":{subject},\"encounter\":{encounter},\"effectiveDateTime\":\"{Time(start)}\"," +
            $"\"result\":[{{\"reference\":\"{reference("Observation", $"bo{n}-0")}\"}},{{\"reference\":\"{reference("Observation", $"bo{n}-1")}\"}}]");
        for (var i = 0; i < 11; i++)
            yield return Made("Observation", $"bo{n}-{i}", Observation(random, i < 4 ? Haemoglobin : ObservationCode(random), subject, encounter));
    }

    /// <summary>A person with a long list of the same measurement.</summary>
    public static IEnumerable<MadeResource> Chronic(int n, Func<string, string, string> meta)
    {
        var random = new Random(-n);
        yield return new("Patient", PatientId(n), $"{{\"resourceType\":\"Patient\",{meta("Patient", PatientId(n))}{PatientMembers(n)}}}");
        for (var i = 0; i < ChronicObservations; i++)
        {
            var id = $"bo{n}-{i}";
            yield return new("Observation", id, $"{{\"resourceType\":\"Observation\",{meta("Observation", id)}{Observation(random, i % 4 == 3 ? Haemoglobin : ChronicCode, $"{{\"reference\":\"Patient/{PatientId(n)}\"}}", null)}}}");
        }
    }

    private static string PatientMembers(int n) =>
        $"\"identifier\":[{{\"system\":\"{IdentifierSystems.LocalPatient(InstitutionOf(n))}\",\"value\":\"{LocalNumber(n)}\"}},{{\"system\":\"{IdentifierSystems.ResidentId}\",\"value\":\"{IdNumber(n)}\"}}]," +
        $"\"active\":true,\"name\":[{{\"use\":\"official\",\"text\":\"{Family(n)}{Given(n)}\",\"family\":\"{Family(n)}\",\"given\":[\"{Given(n)}\"]}}],\"telecom\":[{{\"system\":\"phone\",\"value\":\"139{n:00000000}\"}}]," +
        $"\"gender\":\"{(n / BirthDays % 2 == 1 ? "male" : "female")}\",\"birthDate\":\"{Birth(n):yyyy-MM-dd}\",\"address\":[{{\"text\":\"绵阳市演示路{n % 900 + 1}号\",\"city\":\"绵阳\"}}]";

    private static string Observation(Random random, string code, string subject, string? encounter) =>
        $"\"status\":\"final\",\"category\":[{{\"coding\":[{{\"system\":\"http://terminology.hl7.org/CodeSystem/observation-category\",\"code\":\"laboratory\"}}]}}]," +
        $"\"code\":{{\"coding\":[{{\"system\":\"http://loinc.org\",\"code\":\"{code}\"}}]}},\"subject\":{subject},{(encounter is null ? "" : $"\"encounter\":{encounter},")}\"effectiveDateTime\":\"{Time(Visit(random))}\"," +
        $"\"performer\":[{{\"reference\":\"Organization/my510703h001\"}}],\"valueQuantity\":{{\"value\":{(50 + random.Next(1500) / 10.0).ToString("0.0", CultureInfo.InvariantCulture)},\"unit\":\"g/L\",\"system\":\"http://unitsofmeasure.org\",\"code\":\"g/L\"}}";

    private static DateTime Visit(Random random) => FirstVisit.AddMinutes(random.Next(VisitMinutes));

    private static string Time(DateTime at) => at.ToString("yyyy-MM-dd'T'HH:mm:ss'+08:00'", CultureInfo.InvariantCulture);

    /// <summary>Below <paramref name="count"/>, small numbers far more often than great ones.</summary>
    private static int Unequal(Random random, int count) => (int)(count * Math.Pow(random.NextDouble(), 3));
}
