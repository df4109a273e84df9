using System.Collections.Concurrent;
using System.Text.Json;
using Health.Contracts;
using Health.Fhir.Interactions;
using Health.Fhir.Records;
using Health.Fhir.Search;
using Health.Fhir.Wire;
using Npgsql;

namespace Health.Fhir.Bulk;

/// <summary>
/// Checks the lines of a block like updates over REST, on all cores, and finds whom each concerns. The Patients of all inputs come in a first
/// pass, so it does not matter which line comes before which.
/// </summary>
public sealed class ImportPreparation(FhirServices services, NpgsqlDataSource database)
{
    /// <summary>Settings of the server itself and its own records: written through their own doors.</summary>
    private static readonly HashSet<string> NotImported = ["AuditEvent", "Subscription"];

    private sealed record Checked(long Line, string Type, string Id, ReadOnlyMemory<byte> Json, string? Patient);

    /// <summary>What of a job is found once: rights by type, residents by Patient.</summary>
    public sealed class Memory
    {
        private const int MostResidents = 200_000;

        public ConcurrentDictionary<string, Refusal?> Rights { get; } = new();

        public Dictionary<string, string?> Residents { get; } = [];

        public void Trim()
        {
            if (Residents.Count > MostResidents) Residents.Clear();
        }
    }

    public async Task<PreparedBlock> Prepare(BulkJob job, ImportBlock block, Memory memory, CancellationToken ct)
    {
        var request = new FhirRequest(services, job.Request.Caller with { RequestId = job.Id }, job.Request.BaseUrl, "PUT", null, null, "", default);
        var declared = job.Request.Inputs[block.Input].Type;
        var results = new (Checked? Checked, IReadOnlyList<Refusal>? Issues)[block.Lines.Count];
        await Parallel.ForAsync(0, block.Lines.Count, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = ct }, async (i, token) =>
            results[i] = await Check(request, block.Pass, declared, block.Lines[i].Number, block.Lines[i].Line, memory, token));

        var prepared = new PreparedBlock(block, [], []);
        for (var i = 0; i < results.Length; i++)
            if (results[i].Issues is { } issues) prepared.Refused.Add((block.Lines[i].Number, issues));
        List<Checked> good = [.. results.Select(result => result.Checked).OfType<Checked>()];
        if (block.Pass == 1) await FindResidents(good, memory, ct);
        foreach (var each in good) prepared.Writes.Add((each.Line, await Write(request, each, memory, ct)));
        return prepared;
    }

    private async ValueTask<(Checked?, IReadOnlyList<Refusal>?)> Check(FhirRequest request, int pass, string? declared, long number, ReadOnlyMemory<byte>? text, Memory memory, CancellationToken ct)
    {
        if (text is not { } line) return pass == 0 ? (null, null) : (null, [Refusal.TooCostly($"The line is longer than {FhirDoor.MaxResourceBytes} bytes.")]);
        if (line.Span.IndexOfAnyExcept((byte)' ', (byte)'\r', (byte)'\t') < 0) return (null, null);
        // A line that cannot be read is reported by the second pass.
        if (ResourceScan.TryRead(line.Span, out var scan) is { } malformed) return pass == 0 ? (null, null) : (null, [malformed]);
        if ((scan.ResourceType == "Patient") != (pass == 0)) return (null, null);
        if (declared is not null && scan.ResourceType != declared) return (null, [Refusal.Invalid($"The line is a {scan.ResourceType ?? "nameless resource"}; its input was said to hold {declared}.", "resourceType")]);
        if (ResourceCheck.TryRead(line.Span, null, out scan) is { Count: > 0 } issues) return (null, issues);
        var type = scan.ResourceType!;
        if (scan.Id is not { } id) return (null, [Refusal.Invalid("An imported resource brings its id.", $"{type}.id")]);
        if (ResidentIdNumber.TryParse(id, out _)) return (null, [Refusal.Unprocessable("A resident ID number cannot be a logical id: logical ids stand in logs and addresses.", $"{type}.id")]);
        if (NotImported.Contains(type)) return (null, [Refusal.NotSupported($"{type} is not imported.", "resourceType")]);
        if (await Right(request, type, memory, ct) is { } denied) return (null, [denied]);
        return (new Checked(number, type, id, line, AccessFilterSql.IsPersonal(type) && type != "Patient" ? PatientOf(request, line) : null), null);
    }

    private static async ValueTask<Refusal?> Right(FhirRequest request, string type, Memory memory, CancellationToken ct)
    {
        if (memory.Rights.TryGetValue(type, out var known)) return known;
        var decision = await request.Services.Policy.Decide(new AccessRequest(request.Caller, AccessKind.Update, type), ct);
        // Only who may write all rows of a type imports it: rows are not looked at one by one.
        var refusal = decision is AccessDecision.Permit { Filter: AccessFilter.Everything } ? null : Refusal.Forbidden($"{request.Caller.ClientId} may not import {type}.");
        return memory.Rights.GetOrAdd(type, refusal);
    }

    /// <summary>The Patient a resource is about, by the element that says so; null when that takes a closer look.</summary>
    private static string? PatientOf(FhirRequest request, ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json);
        foreach (var name in ResidentResolution.Subjects)
        {
            if (!document.RootElement.TryGetProperty(name, out var subject) || subject.ValueKind != JsonValueKind.Object || !subject.TryGetProperty("reference", out var text)) continue;
            var reference = text.GetString()!;
            if (reference.StartsWith(request.BaseUrl + "/", StringComparison.Ordinal)) reference = reference[(request.BaseUrl.Length + 1)..];
            if (reference.StartsWith("Patient/", StringComparison.Ordinal)) return reference.Split('/')[1];
        }

        return null;
    }

    private async Task FindResidents(List<Checked> resources, Memory memory, CancellationToken ct)
    {
        memory.Trim();
        var unknown = resources.Select(resource => resource.Patient).OfType<string>().Where(id => !memory.Residents.ContainsKey(id)).Distinct().ToArray();
        if (unknown.Length == 0) return;
        foreach (var id in unknown) memory.Residents[id] = null;
        await using (var command = database.CreateCommand("select id, resident from fhir.resource where type = 'Patient' and id = any($1) and resident is not null"))
        {
            command.Parameters.Add(new NpgsqlParameter { Value = unknown });
            await using var reader = await command.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct)) memory.Residents[reader.GetString(0)] = reader.GetString(1);
        }

        // Their keys must be in hand before the log's turn is taken.
        foreach (var resident in unknown.Select(id => memory.Residents[id]).OfType<string>().Distinct()) await services.Keyring.ForResident(resident, ct);
    }

    private static async ValueTask<UnitWrite> Write(FhirRequest request, Checked resource, Memory memory, CancellationToken ct)
    {
        var resident = resource.Patient is { } patient && memory.Residents.GetValueOrDefault(patient) is { } known
            ? known
            : await ResidentResolution.Of(request with { Type = resource.Type, Id = resource.Id }, resource.Type, resource.Id, resource.Json, null, ct);
        return new UnitWrite(new RecordWrite(WriteKind.Put, resource.Type, resource.Id, resource.Json)) { ResidentId = resident, Interaction = "import", IdIsGiven = true };
    }
}
