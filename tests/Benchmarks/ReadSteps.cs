using Health.Contracts;

namespace Health.Benchmarks;

/// <summary>Reads and searches of the base population, against a bare Kestrel endpoint that does one indexed SELECT by key.</summary>
public sealed class ReadSteps(ClosedLoop loop, ReadFloor bare, TimeProvider time)
{
    private const int Clients = 16;
    private const double ReadTarget = 0.7, IdentifierTarget = 0.5, ObservationMilliseconds = 15, EverythingMilliseconds = 10, AsOfTarget = 2;
    private static readonly int HospitalPeople = FhirBench.BasePeople / 5 * 4;

    public async IAsyncEnumerable<BenchRow> Run(string step, BulkLoader loader)
    {
        switch (step)
        {
            case "read":
                foreach (var clients in new[] { 1, Clients })
                {
                    var floor = Bare(clients);
                    yield return Floor(clients, floor);
                    var reads = await loop.Fhir(clients, ClosedLoop.Get(Observation));
                    yield return BenchRow.Against($"read by id, {Count(clients)}", reads, floor, clients == Clients ? ReadTarget : null).Of(reads);
                }

                break;
            case "identifier":
                var ofIdentifier = Bare(Clients);
                yield return Floor(Clients, ofIdentifier) with { Name = "floor beside Patient?identifier=" };
                var identified = await loop.Fhir(Clients, ClosedLoop.Get(ByIdentifier));
                yield return BenchRow.Against($"Patient?identifier=, {Count(Clients)}", identified, ofIdentifier, IdentifierTarget).Of(identified);
                break;
            case "observations":
                var lists = await loop.Fhir(Clients, ClosedLoop.Get(Observations));
                yield return new BenchRow($"Observation?patient&code&_sort=-date&_count=20, {Count(Clients)}", lists.PerSecond, "1/s").Of(lists);
                yield return BenchRow.AtMost("the same, p95", lists.Percentile(0.95), "ms", ObservationMilliseconds).Of(lists);
                break;
            case "everything":
                var records = await loop.Fhir(1, ClosedLoop.Get(number => $"/fhir/Patient/{Population.PatientId(Person(number))}/$everything"));
                yield return BenchRow.AtMost("$everything of 20 to 30 resources, 1 client, p50", records.Percentile(0.5), "ms", EverythingMilliseconds).Of(records);
                break;
            default:
                var horizon = await loader.Horizon();
                var now = await loop.Fhir(Clients, ClosedLoop.Get(Observation));
                var then = await loop.Fhir(Clients, ClosedLoop.Get(number => $"{Observation(number)}?_asOf={horizon}"));
                var at = Uri.EscapeDataString(time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:sszzz"));
                var instant = await loop.Fhir(Clients, ClosedLoop.Get(number => $"{Observation(number)}?_asOf={at}"));
                yield return BenchRow.AtMost($"read as of a sequence, times a current read, {Count(Clients)}", now.PerSecond / then.PerSecond, "×", AsOfTarget).Of(then);
                yield return BenchRow.AtMost($"read as of an instant, times a current read, {Count(Clients)}", now.PerSecond / instant.PerSecond, "×", AsOfTarget).Of(instant);
                break;
        }
    }

    public static string ByIdentifier(int number) =>
        $"/fhir/Patient?identifier={Uri.EscapeDataString($"{IdentifierSystems.LocalPatient(Population.Hospital)}|{Population.LocalNumber(Person(number))}")}";

    private Measured Bare(int clients) => loop.Bare(bare.Port, clients, ClosedLoop.Get(ReadFloor.Path));

    private static BenchRow Floor(int clients, Measured floor) => new BenchRow($"floor: bare HTTP endpoint with one SELECT, {Count(clients)}", floor.PerSecond, "1/s").Of(floor);

    private static string Count(int clients) => clients == 1 ? "1 client" : $"{clients} clients";

    private static int Person(int number) => Population.OfHospital((int)((uint)number * 7 % HospitalPeople));

    private static string Observation(int number) => $"/fhir/Observation/bo{Person(number)}-{number % 11}";

    private static string Observations(int number) =>
        $"/fhir/Observation?patient={Population.PatientId(FhirBench.FirstChronic + Population.OfHospital(number % (FhirBench.ChronicPeople / 5 * 4)))}&code=http%3A%2F%2Floinc.org%7C{Population.ChronicCode}&_sort=-date&_count=20";
}
