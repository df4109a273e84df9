using System.Globalization;
using System.Text;
using System.Text.Json;
using Health.Adapters.Mapping.Outbound;
using Health.Adapters.Outbound;
using Health.Adapters.Sources;
using Health.Contracts;
using Health.Hl7v2;

namespace Health.Adapters.Queries;

/// <summary>
/// Answers QBP^Q22 (patient demographics, IHE ITI-21) and QBP^Q23 (corresponding identifiers, IHE ITI-9) from the index of persons and the records. The asker's
/// institution is the reader: it gets what it would get by a FHIR search, and the log says so before the answer goes out. Nothing is stored; asking again is safe.
/// </summary>
internal sealed class QueryDesk(
    IRecordSearch search, IResidentIndex residents, IDirectory directory, IAccessPolicy policy, IAuditTrail audit, IKeyring keyring, TimeProvider time)
{
    private const int MostFound = 1000, PageStandard = 50, PageMost = 200;

    /// <summary>How a query ended, for QAK-2 (table 0208), MSA-1 and ERR.</summary>
    private sealed record Outcome(
        string Status, IReadOnlyList<Hl7Diagnostic> Problems, IReadOnlyList<Found> Page, int Total = 0, string? Continue = null)
    {
        public static Outcome Error(Hl7Diagnostic problem) => new("AE", [problem], []);
    }

    /// <summary>A person: the Patient that is told, and the numbers of all the Patients the asker may see.</summary>
    private sealed record Found(string? ResidentId, JsonElement Patient, IReadOnlyList<PersonIdentifier> Numbers, string Key);

    public static bool IsQuery(Hl7Message message) => message.MessageCode is "QBP" or "QCN";

    /// <param name="asker">
    /// Who holds the token, where there is one: the answer shows no more than both may see, and the log names this caller.
    /// </param>
    /// <returns>The answer in the asker's character set, without framing.</returns>
    public async Task<byte[]> Answer(Hl7Message message, SourceProfile source, Caller? asker, string controlId, CancellationToken ct)
    {
        var at = time.GetUtcNow();
        // Nothing is kept for a continuation, so there is nothing to cancel.
        if (message.MessageCode == "QCN") return AckBuilder.Build(message, Hl7AckCode.AA, controlId, at, []);
        var isPix = message.TriggerEvent == "Q23";
        if (!isPix && message.TriggerEvent != "Q22")
            return AckBuilder.Build(message, Hl7AckCode.AR, controlId, at, [Hl7Diagnostic.Error("MSH-9.2", Hl7ErrorCode.UnsupportedEvent, "Queries that are answered are Q22 and Q23.")]);
        var system = SystemCaller.Of(source.Id, source.InstitutionCode, Guid.CreateVersion7(at).ToString("N"));
        var (filter, denied) = await Access(system, asker, ct);
        var outcome = filter is null ? new Outcome("AR", [Hl7Diagnostic.Error("MSH-3", Hl7ErrorCode.Internal, "This caller may not ask for patients.")], [])
            : Unusual(message) is { } problem ? Outcome.Error(problem)
            : isPix ? await Pix(message, source, filter, ct) : await Pdq(message, source, filter, ct);
        await Audit(message, isPix, asker ?? system, outcome, denied, ct);
        return Write(message, source, isPix, outcome, controlId, at);
    }

    /// <summary>
    /// What the system's institution may see, and of that what the holder of the token may; null with the reason where one of them may not search
    /// Patients.
    /// </summary>
    private async ValueTask<(AccessFilter? Filter, string? Denied)> Access(Caller system, Caller? asker, CancellationToken ct)
    {
        List<AccessFilter> filters = [];
        foreach (var caller in asker is null ? new[] { system } : [system, asker])
        {
            var decision = await policy.Decide(new AccessRequest(caller, AccessKind.Search, "Patient"), ct);
            if (decision is AccessDecision.Permit permit) filters.Add(permit.Filter);
            else return (null, (decision as AccessDecision.Deny)?.Reason);
        }

        return (new AccessFilter.AllOf(filters), null);
    }

    private static Hl7Diagnostic? Unusual(Hl7Message message)
    {
        if (message.Separators.Field != '|' || !message.Separators.EncodingCharacters.StartsWith("^~\\&", StringComparison.Ordinal))
            return Hl7Diagnostic.Error("MSH-2", Hl7ErrorCode.DataType, "Queries are taken with the standard separators only.");
        if (!message.Segment("QPD").Exists) return Hl7Diagnostic.Error("QPD", Hl7ErrorCode.SegmentSequence, "The message has no QPD segment.");
        return message.Get("QPD-2") is null ? Hl7Diagnostic.Error("QPD-2", Hl7ErrorCode.RequiredFieldMissing, "The query has no tag.") : null;
    }

    private async Task<Outcome> Pdq(Hl7Message message, SourceProfile source, AccessFilter filter, CancellationToken ct)
    {
        var institutions = await Institutions(ct);
        var (query, problem) = PatientQuestion.Criteria(message, source, institutions.Contains, keyring.DeriveId);
        if (query is null) return Outcome.Error(problem!);
        var (domains, unknown) = PatientQuestion.Domains(message.Segment("QPD"), 8, source, institutions.Contains);
        if (unknown is not null) return Outcome.Error(unknown);
        var (patients, refusal) = await search.Find("Patient", query, filter, MostFound + 1, ct);
        if (refusal is not null) return Outcome.Error(Hl7Diagnostic.Error("QPD-3", Hl7ErrorCode.DataType, "The parameters cannot be searched for."));
        if (patients.Count > MostFound)
            return Outcome.Error(Hl7Diagnostic.Error("QPD-3", Hl7ErrorCode.Internal, $"More than {MostFound} patients match: say more about whom you look for."));
        var people = new List<Found>();
        foreach (var group in patients.Where(IsInUse).GroupBy(one => one.ResidentId ?? $"Patient/{one.Id}"))
            people.Add(await Person(group.Key, [.. group], source, filter, domains, ct));
        // In an order of its own that does not change, so that a continuation begins where the page before ended.
        people.Sort((one, other) => string.CompareOrdinal(one.Key, other.Key));
        return Page(message, people);
    }

    private static Outcome Page(Hl7Message message, List<Found> people)
    {
        var size = int.TryParse(message.Get("RCP-2.1"), NumberStyles.None, CultureInfo.InvariantCulture, out var wanted) && wanted > 0 ? Math.Min(wanted, PageMost) : PageStandard;
        var after = message.Get("DSC-1");
        var rest = after is null ? people : people.FindAll(person => string.CompareOrdinal(person.Key, after) > 0);
        var page = rest.Take(size).ToList();
        return new Outcome(people.Count == 0 ? "NF" : "OK", [], page, people.Count, rest.Count > size ? page[^1].Key : null);
    }

    private async Task<Outcome> Pix(Hl7Message message, SourceProfile source, AccessFilter filter, CancellationToken ct)
    {
        var institutions = await Institutions(ct);
        var qpd = message.Segment("QPD");
        var (domains, unknown) = PatientQuestion.Domains(qpd, 4, source, institutions.Contains);
        if (unknown is not null) return Outcome.Error(unknown);
        if (PatientQuestion.AskedNumber(qpd, source, institutions.Contains, keyring.DeriveId) is not { } asked)
            return Outcome.Error(Hl7Diagnostic.Error("QPD-3.4", Hl7ErrorCode.UnknownKeyIdentifier, "The number has no value, or its domain is not known."));
        var (patients, refusal) = await search.Find("Patient", PatientQuestion.Criterion(asked), filter, MostFound, ct);
        if (refusal is not null || patients.Count == 0)
            return Outcome.Error(Hl7Diagnostic.Error("QPD-3.1", Hl7ErrorCode.UnknownKeyIdentifier, "The number is not known."));
        // Two residents with one number wait for a person to decide; until then nobody is told that they are one.
        var all = patients.GroupBy(one => one.ResidentId ?? $"Patient/{one.Id}").ToList();
        if (all.Count > 1)
            return Outcome.Error(Hl7Diagnostic.Error("QPD-3.1", Hl7ErrorCode.DuplicateKeyIdentifier, "The number belongs to several persons."));
        var person = await Person(all[0].Key, [.. all[0]], source, filter, domains, ct);
        person = person with { Numbers = [.. person.Numbers.Where(number => number != asked)] };
        return person.Numbers.Count == 0 ? new Outcome("NF", [], []) : new Outcome("OK", [], [person], 1);
    }

    /// <summary>
    /// Told by the asker's own Patient where there is one; the numbers are those of every Patient of the resident that the asker may see.
    /// </summary>
    private async Task<Found> Person(
        string key, List<FoundRecord> hits, SourceProfile source, AccessFilter filter, HashSet<string>? domains, CancellationToken ct)
    {
        var resident = hits[0].ResidentId;
        List<FoundRecord> patients = hits;
        if (resident is not null && await residents.PatientsOf(resident, ct) is { Count: > 0 } linked)
        {
            var (found, _) = await search.Find("Patient", $"_id={string.Join(',', linked)}", filter, MostFound, ct);
            patients = [.. found.Where(IsInUse)];
            if (patients.Count == 0) patients = hits;
        }

        var own = patients.Find(one => one.InstitutionCode == source.InstitutionCode) ?? hits[0];
        var numbers = new List<PersonIdentifier>();
        foreach (var patient in patients.OrderByDescending(one => one.InstitutionCode == source.InstitutionCode))
            foreach (var identifier in Parse(patient).At("identifier"))
                if (identifier.Text("system") is { } system && identifier.Text("value") is { } value && identifier.Text("use") != "old" && domains?.Contains(system) != false)
                    numbers.Add(new PersonIdentifier(system, value));
        return new Found(resident, Parse(own), [.. numbers.Distinct()], keyring.Blind("adapters.query", key).ToString("N"));
    }

    private async Task<HashSet<string>> Institutions(CancellationToken ct) => [.. (await directory.Institutions(ct)).Select(one => one.Code)];

    private static bool IsInUse(FoundRecord patient) => Parse(patient).Text("active") != "false";

    private static JsonElement Parse(FoundRecord record) => JsonDocument.Parse(record.Json).RootElement;

    /// <summary>
    /// As of a FHIR search: a fact for each resident the answer shows, one without where it shows none. What was asked is in the sealed detail.
    /// </summary>
    private async Task Audit(Hl7Message message, bool isPix, Caller caller, Outcome outcome, string? denied, CancellationToken ct)
    {
        var asked = message.Segment("QPD") is { Exists: true } qpd ? qpd.ToString() : "";
        var shown = outcome.Page.Select(person => person.ResidentId).Distinct().ToList();
        foreach (var resident in shown.Count == 0 ? [null] : shown)
            await audit.Record(
                new AuditFact(
                    Guid.CreateVersion7(time.GetUtcNow()), time.GetUtcNow(), "E", isPix ? "adapters.pix-query" : "adapters.pdq-query",
                    outcome.Status is "OK" or "NF" ? 0 : 4, caller.Actor, caller.ClientId,
                    caller.InstitutionCode, caller.Purpose, caller.RequestId)
                {
                    ResidentId = resident,
                    Detail = asked,
                    Reason = denied,
                }, ct);
    }

    private static byte[] Write(Hl7Message message, SourceProfile source, bool isPix, Outcome outcome, string controlId, DateTimeOffset at)
    {
        var code = outcome.Status switch { "AE" => Hl7AckCode.AE, "AR" => Hl7AckCode.AR, _ => Hl7AckCode.AA };
        var writer = AckBuilder.Open(message, code, controlId, at, outcome.Problems, ["RSP", isPix ? "K23" : "K22", isPix ? "RSP_K23" : "RSP_K21"]);
        var qpd = message.Segment("QPD");
        writer.Segment("QAK").Raw(1, Raw(qpd[2])).Field(2, outcome.Status).Raw(3, Raw(qpd[1]));
        if (!isPix && outcome.Status == "OK")
            writer.Field(4, outcome.Total.ToString(CultureInfo.InvariantCulture)).Field(5, outcome.Page.Count.ToString(CultureInfo.InvariantCulture));
        if (qpd.Exists)
        {
            writer.Segment("QPD");
            for (var field = 1; field <= qpd.FieldCount; field++) writer.Raw(field, Raw(qpd[field]));
        }

        var names = new OutboundNames("HEALTH", source.DefaultOffset, new Dictionary<string, string>(), new Dictionary<string, string>());
        var number = 0;
        foreach (var person in outcome.Page)
        {
            if (isPix) WriteNumbers(writer, person, names);
            else writer.Write("PID", "Patient", person.Patient, Told(person, names), Given.Number(++number));
        }

        if (outcome.Continue is { } pointer) writer.Segment("DSC").Field(1, pointer).Field(2, "I");
        return writer.ToBytes(AckBuilder.CharsetOf(message));
    }

    private static OutboundMessage Told(Found person, OutboundNames names) => new(
        new OutboundSubject("Patient", "", person.Patient, person.Patient) { Numbers = person.Numbers }, new OutboundEvent("RSP", "K22", "RSP_K21", ""), names);

    /// <summary>ITI-9: numbers and no demographics; PID-5 says so with an empty name of type S.</summary>
    private static void WriteNumbers(Hl7Writer writer, Found person, OutboundNames names)
    {
        writer.Segment("PID");
        foreach (var number in person.Numbers) writer.Raw(3, names.Cx(number.System, number.Value, null));
        writer.Raw(5, "~^^^^^^S");
    }

    private static string Raw(FieldView field) => Encoding.UTF8.GetString(field.Bytes);
}
