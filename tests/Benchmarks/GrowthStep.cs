using Health.Contracts;

namespace Health.Benchmarks;

/// <summary>The same mix of searches on 1,000 and on 64,000 people: how much slower the greater store answers.</summary>
public static class GrowthStep
{
    private const int Clients = 4;
    private const double Target = 1.35;
    private static readonly int[] Sizes = [1000, 8000, 64_000];
    private const string Loinc = "http%3A%2F%2Floinc.org%7C";

    /// <summary>What is asked, by a person of the hospital and a source of chance.</summary>
    private static readonly (string Name, Func<int, Random, string> Path)[] Queries =
    [
        ("identifier", (n, _) => $"Patient?identifier={Uri.EscapeDataString($"{IdentifierSystems.LocalPatient(Population.Hospital)}|{Population.LocalNumber(n)}")}"),
        ("full name", (n, _) => $"Patient?name={Escape(Population.Family(n) + Population.Given(n))}"),
        ("family", (n, _) => $"Patient?family={Escape(Population.Family(n))}&_count=20"),
        ("family and birthdate", (n, _) => $"Patient?family={Escape(Population.Family(n))}&birthdate={Population.Birth(n):yyyy-MM-dd}"),
        ("birthdate", (n, _) => $"Patient?birthdate={Population.Birth(n):yyyy-MM-dd}"),
        ("gender and birth year", (n, _) => $"Patient?gender=female&birthdate={Population.Birth(n).Year}"),
        ("observations of a patient", (n, _) => $"Observation?patient={Population.PatientId(n)}&_sort=-date&_count=20"),
        ("a patient's code", (n, _) => $"Observation?patient={Population.PatientId(n)}&code={Loinc}{Population.Haemoglobin}&_sort=-date&_count=20"),
        ("code, newest first", (_, _) => $"Observation?code={Loinc}{Population.Haemoglobin}&_sort=-date&_count=20"),
        ("code", (_, random) => $"Observation?code={Loinc}{Population.ObservationCode(random)}&_count=20"),
        ("code and date", (_, random) => $"Observation?code={Loinc}{Population.Haemoglobin}&date={2016 + random.Next(10)}-{1 + random.Next(12):00}-{1 + random.Next(28):00}&_count=20"),
        ("code and value", (_, random) => $"Observation?code={Loinc}{Population.ObservationCode(random)}&value-quantity=gt{150 + random.Next(40)}%7Chttp%3A%2F%2Funitsofmeasure.org%7Cg%2FL&_count=20"),
        ("diagnosis", (_, random) => $"Condition?code=http%3A%2F%2Fhl7.org%2Ffhir%2Fsid%2Ficd-10%7C{Population.Diagnosis(random)}&_count=20"),
        ("visits of a day", (_, random) => $"Encounter?date={2016 + random.Next(10)}-{1 + random.Next(12):00}-{1 + random.Next(28):00}&_count=20"),
        ("visits with their patients", (n, _) => $"Encounter?patient={Population.PatientId(n)}&_include=Encounter:patient"),
        ("patient with observations", (n, _) => $"Patient?_id={Population.PatientId(n)}&_revinclude=Observation:patient"),
        ("active prescriptions of a patient", (n, _) => $"MedicationRequest?patient={Population.PatientId(n)}&status=active"),
        ("medicine", (_, random) => $"MedicationRequest?code=urn%3Ahealth%3Amedicine%7C{Population.Medicine(random)}&status=active&_count=20"),
        ("observations of a name", (n, _) => $"Observation?patient.name={Escape(Population.Family(n) + Population.Given(n))}&_count=20"),
        ("patients with a diagnosis", (_, random) => $"Patient?_has:Condition:patient:code=http%3A%2F%2Fhl7.org%2Ffhir%2Fsid%2Ficd-10%7C{Population.Diagnosis(random)}&_count=20"),
    ];

    public static async IAsyncEnumerable<BenchRow> Run(ClosedLoop loop, BulkLoader loader)
    {
        var loaded = FhirBench.BasePeople;
        double? first = null;
        foreach (var size in Sizes)
        {
            if (size > loaded && !await loader.Holds(size - 1))
            {
                yield return new BenchRow($"load by COPY, {loaded} to {size} people", await loader.Load(loaded, size), "resources/s");
                await loader.Settle();
            }

            loaded = size;

            var people = size / 5 * 4;
            string Path(int number, int query)
            {
                var random = new Random(number);
                return "/fhir/" + Queries[query].Path(Population.OfHospital(random.Next(people)), random);
            }

            var mixed = await loop.Fhir(Clients, ClosedLoop.Get(number => Path(number, number % Queries.Length)), lasting: loop.Seconds * 2);
            yield return new BenchRow($"mixed searches on {size} people, {Clients} clients", mixed.PerSecond, "1/s").Of(mixed);
            if (first is null) first = mixed.Percentile(0.5);
            else if (size == Sizes[^1]) yield return BenchRow.AtMost("growth of the median search, 1,000 to 64,000 people", mixed.Percentile(0.5) / first.Value, "×", Target).Of(mixed);
            for (var query = 0; query < Queries.Length && (size == Sizes[0] || size == Sizes[^1]); query++)
            {
                var one = query;
                var alone = await loop.Fhir(1, ClosedLoop.Get(number => Path(number, one)), lasting: 1);
                yield return new BenchRow($"search on {size}: {Queries[query].Name}, p50", alone.Percentile(0.5), "ms").Of(alone);
            }
        }
    }

    private static string Escape(string text) => Uri.EscapeDataString(text);
}
