using Health.Contracts;
using Health.Fhir.Records;
using Health.Fhir.Validation;
using Health.Fhir.Wire;

namespace Health.Fhir.Interactions;

/// <summary>
/// A transaction Bundle: deletions, creates, updates in that order as one unit of the committer, then its reads.
/// http://hl7.org/fhir/R4/http.html#trules. References between entries (also in circles) and conditional references are resolved inside.
/// </summary>
internal static class Transaction
{
    private const int MaxTries = 8;

    private const int ManyEntries = 16;

    private sealed record Prepared(BundleEntry Entry, UnitWrite Write);

    public static async ValueTask<FhirAnswer> Run(FhirRequest request, List<BundleEntry> entries, CancellationToken ct, int attempt = 1)
    {
        var rights = new Rights(request);
        if (Duplicate(entries) is { } twice) return FhirAnswer.Of(twice);
        if (await CheckAll(entries, rights, ct) is var (bad, refusals)) return FhirAnswer.Of([.. refusals.Select(refusal => At(bad, refusal))]);

        var prepared = new List<Prepared>();
        var residents = new Dictionary<string, string>();
        // Patients first: what refers to them takes its resident from them.
        foreach (var entry in entries.Where(IsWrite).OrderBy(entry => entry.Request.Type == "Patient" ? 0 : 1))
        {
            var (write, refusal) = await Prepare(entry, rights, residents, ct);
            if (refusal is not null) return FhirAnswer.Of(At(entry, refusal));
            prepared.Add(new Prepared(entry, write!));
            if (entry.Request.Type == "Patient" && write!.ResidentId is { } resident) Note(residents, entry, write, resident);
        }

        var ordered = prepared.OrderBy(item => Order(item.Entry.Request.Method)).ThenBy(item => item.Entry.Index).ToList();
        var answers = new FhirAnswer[entries.Count];
        if (ordered.Count > 0)
        {
            // A search right is asked for only where a conditional reference searches.
            AccessFilter references = new AccessFilter.Nothing();
            if (ordered.Exists(item => ReferenceResolution.HasConditional(item.Write.Write.Json.Span))) (references, _) = await rights.Of(AccessKind.Search, "Patient", ct);
            var unit = RestWrites.Unit(request, references, [.. ordered.Select(item => item.Write)]) with { ResolveReferences = true };
            var outcome = await request.Services.Committer.Commit(unit, ct);
            if (outcome.Commit.Refusal is { } refused)
            {
                // A patch without If-Match that lost a race is applied again, as one of its own is.
                var at = outcome.Commit.RefusedIndex;
                if (refused.Status == 412 && attempt < MaxTries && at >= 0 && ordered[at].Entry.Request is { Method: "PATCH", IfMatch: null }) return await Run(request, entries, ct, attempt + 1);
                await request.RecordRefusal("E", "transaction", null, refused, ct);
                return FhirAnswer.Of(outcome.Commit.RefusedIndex >= 0 ? At(ordered[outcome.Commit.RefusedIndex].Entry, refused) : refused);
            }

            for (var i = 0; i < ordered.Count; i++)
                answers[ordered[i].Entry.Index] = Written(request, outcome.Commit.Outcomes[i], outcome.Bodies[i]);
        }

        foreach (var entry in entries.Where(entry => !IsWrite(entry))) answers[entry.Index] = await BundleInteraction.One(entry, ct);
        return BundleInteraction.Response(request, "transaction-response", answers);
    }

    // Whoever sends a thousand resources seldom wants them back: only when asked for. What was read is always given.
    private static FhirAnswer Written(FhirRequest request, RecordOutcome outcome, WrittenBody body)
    {
        var answer = RestWrites.Answer(request.Prefer, outcome, body);
        return answer.IsOutcome || Preferences.WantsRepresentation(request.Prefer) ? answer : answer with { Body = default };
    }

    /// <summary>What is wrong with the first entry that something is wrong with. Many entries are checked on all cores.</summary>
    private static async ValueTask<(BundleEntry Entry, IReadOnlyList<Refusal> Refusals)?> CheckAll(List<BundleEntry> entries, Rights rights, CancellationToken ct)
    {
        if (entries.Count < ManyEntries)
        {
            foreach (var entry in entries)
                if (await Check(entry, rights, ct) is { } refusals) return (entry, refusals);
            return null;
        }

        // Decided before, one after the other: from here on they are only looked up.
        foreach (var entry in entries)
            if (entry.Malformed is null && IsWrite(entry)) await rights.Of(Kind(entry.Request.Method), entry.Request.Type!, ct);
        var found = new IReadOnlyList<Refusal>?[entries.Count];
        var first = entries.Count;
        await Parallel.ForAsync(0, entries.Count, ct, async (i, token) =>
        {
            // What comes after a refused entry is not asked for any more.
            if (i > Volatile.Read(ref first) || await Check(entries[i], rights, token) is not { } refusals) return;
            found[i] = refusals;
            int seen;
            while (i < (seen = Volatile.Read(ref first)) && Interlocked.CompareExchange(ref first, i, seen) != seen) { }
        });
        return first < entries.Count ? (entries[first], found[first]!) : null;
    }

    private static async ValueTask<IReadOnlyList<Refusal>?> Check(BundleEntry entry, Rights rights, CancellationToken ct)
    {
        if (entry.Malformed is { } malformed) return [malformed];
        var request = entry.Request;
        if (request.Method is "GET" or "HEAD") return null;
        if (!IsWrite(entry)) return [Refusal.NotSupported($"{request.Method} is not carried out inside a transaction.")];
        var (_, denied) = await rights.Of(Kind(request.Method), request.Type!, ct);
        if (denied is not null) return [denied];
        if (request.Method is "DELETE" or "PATCH") return null;
        if (ResourceCheck.TryRead(entry.Resource.Span, request.Type, out var scan) is { Count: > 0 } issues) return issues;
        return await ProfileCheck.Run(request, entry.Resource, scan, ct) is { Count: > 0 } broken ? broken : null;
    }

    private static async ValueTask<(UnitWrite?, Refusal?)> Prepare(BundleEntry entry, Rights rights, Dictionary<string, string> residents, CancellationToken ct)
    {
        var request = entry.Request;
        var (filter, _) = await rights.Of(Kind(request.Method), request.Type!, ct);
        var (write, refusal) = request.Method switch
        {
            "POST" => await Create.Prepare(request, request.Type!, entry.Resource, residents, ct),
            "DELETE" => await Delete.Prepare(request, request.Type!, filter, ct),
            "PATCH" => await Patch.Prepare(request, filter, residents, ct) is var (patched, refusals) && patched is not null ? (patched, null) : (null, refusals[0]),
            _ when ResourceScan.TryRead(entry.Resource.Span, out var scan) is null => await Update.Prepare(request, request.Type!, entry.Resource, scan, filter, residents, ct),
            _ => (null, Refusal.Invalid("The resource is not well-formed.")),
        };
        return (write is null ? null : write with { FullUrl = entry.FullUrl, Visible = filter }, refusal);
    }

    private static void Note(Dictionary<string, string> residents, BundleEntry entry, UnitWrite write, string resident)
    {
        residents[$"Patient/{write.Write.Id}"] = resident;
        if (entry.FullUrl is not { } url) return;
        residents[url] = resident;
        if (ReferenceResolution.RelativeOf(url, "Patient") is { } relative) residents[relative] = resident;
    }

    private static Refusal? Duplicate(List<BundleEntry> entries)
    {
        var named = new HashSet<string>();
        var urls = new HashSet<string>();
        foreach (var entry in entries)
        {
            if (entry.Request is { Method: "PUT" or "DELETE" or "PATCH", Id: not null } && !named.Add($"{entry.Request.Type}/{entry.Request.Id}"))
                return At(entry, Refusal.Invalid($"{entry.Request.Type}/{entry.Request.Id} is written twice in one transaction."));
            if (entry.FullUrl is { } url && entry.Request.Method is not ("GET" or "HEAD") && !urls.Add(url)) return At(entry, Refusal.Invalid("The fullUrl occurs twice."));
        }

        return null;
    }

    private static Refusal At(BundleEntry entry, Refusal refusal)
    {
        if (refusal.Expression?.StartsWith("Bundle.entry[", StringComparison.Ordinal) == true) return refusal;
        // SDK paths start with the type of the entry's own resource.
        var within = refusal.Expression is { } expression ? expression[(expression.IndexOf('.') is var dot and >= 0 ? dot : expression.Length)..] : "";
        return refusal with { Expression = $"Bundle.entry[{entry.Index}].resource{within}" };
    }

    private static bool IsWrite(BundleEntry entry) =>
        entry.Request is { Type: not null } and ({ Method: "POST", Id: null } or { Method: "PUT" or "DELETE" or "PATCH" });

    private static int Order(string method) => method switch { "DELETE" => 0, "POST" => 1, _ => 2 };

    private static AccessKind Kind(string method) => method switch { "DELETE" => AccessKind.Delete, "POST" => AccessKind.Create, _ => AccessKind.Update };

    /// <summary>Each right is decided, and a denial recorded, once per transaction.</summary>
    private sealed class Rights(FhirRequest request)
    {
        private readonly Dictionary<(AccessKind, string), (AccessFilter, Refusal?)> known = [];

        public async ValueTask<(AccessFilter, Refusal?)> Of(AccessKind kind, string type, CancellationToken ct)
        {
            if (!known.TryGetValue((kind, type), out var decision)) known[(kind, type)] = decision = await request.Authorise(kind, type, ct);
            return decision;
        }
    }
}
