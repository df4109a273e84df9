using System.Text.Json;
using Health.Contracts;
using Health.Fhir.Records;
using Health.Fhir.Search;

namespace Health.Fhir.Bulk;

/// <summary>
/// Lays the files of an export out: counts and borders per type, a row each. Nothing is copied: a file is read from the log when it is
/// fetched, so no decrypted record lies on a disk and an interrupted job has nothing to undo.
/// </summary>
public sealed class ExportRun(BulkTable table, ExportRows rows, RecordReader records, ExportAudit audit, IResidentIndex residents, BulkOptions options)
{
    private const int Portion = 5000;

    public async Task Run(BulkJob job, CancellationToken ct)
    {
        if (job.Request is { Level: "Group", Residents: null })
        {
            job = job with { Request = job.Request with { Residents = await ResidentsOf(job, ct) } };
            if (!await table.SaveRequest(job.Id, job.Request, ct)) return;
        }

        var files = await table.Files(job.Id, ct);
        var number = files.Count;
        // Position: kind and type of the last finished file, and the id it ended with.
        var at = job.Position.Split('|') is [var kind, var type, var id] ? (Kind: kind, Type: type, Id: id) : (Kind: "", Type: "", Id: "");
        var skipping = at.Kind.Length > 0;
        foreach (var (step, of) in Steps(job))
        {
            var after = "";
            if (skipping)
            {
                if ((step, of) != (at.Kind, at.Type)) continue;
                (skipping, after) = (false, at.Id);
            }

            if (await rows.FilterOf(job, of, ct) is not { } filter) continue;
            while (await Next(job, step, of, after, number + 1, filter, ct) is { } file)
            {
                if (!await table.AddFile(job.Id, file, $"{step}|{of}|{file.ToId}", ct)) return;
                (number, after) = (file.Number, file.ToId);
            }
        }
    }

    /// <summary>The files to come, in order: what holds, then, where _since is given, what was deleted since.</summary>
    private static IEnumerable<(string Kind, string Type)> Steps(BulkJob job)
    {
        var request = job.Request;
        var all = FhirDefinitions.R4.ResourceTypes.Where(type => request.Level == "system" || type == "Patient" || FhirDefinitions.R4.PatientCompartment.ContainsKey(type));
        List<string> types = [.. (request.Types.Count > 0 ? all.Where(request.Types.Contains) : all).Order(StringComparer.Ordinal)];
        foreach (var type in types) yield return ("output", type);
        if (request.Since is null) yield break;
        foreach (var type in types) yield return ("deleted", type);
    }

    private async Task<BulkFile?> Next(BulkJob job, string kind, string type, string after, int number, AccessFilter filter, CancellationToken ct)
    {
        var (last, count) = (after, 0L);
        while (count < options.ResourcesPerFile)
        {
            var limit = (int)Math.Min(Portion, options.ResourcesPerFile - count);
            var portion = await rows.Read(job, kind, type, last, null, filter, limit, ct);
            if (portion.Count == 0) break;
            await audit.Record(job, portion.Select(row => row.Resident).OfType<string>(), ct);
            (last, count) = (portion[^1].Id, count + portion.Count);
            if (portion.Count < limit) break;
        }

        return count == 0 ? null : new BulkFile(number, kind, type, after, last, count);
    }

    private async Task<List<string>> ResidentsOf(BulkJob job, CancellationToken ct)
    {
        var filter = await rows.FilterOf(job, "Group", ct) ?? new AccessFilter.Nothing();
        if (await records.FindAsOf("Group", job.Request.GroupId!, AsOf.At(job.Horizon), filter, ct) is not { Deleted: false, Json: { IsEmpty: false } json })
            throw new BulkFaultException($"Group/{job.Request.GroupId} is not known.");
        using var document = JsonDocument.Parse(json);
        HashSet<string> found = [];
        if (!document.RootElement.TryGetProperty("member", out var members)) return [];
        foreach (var member in members.EnumerateArray())
        {
            if (member.TryGetProperty("inactive", out var inactive) && inactive.ValueKind == JsonValueKind.True) continue;
            if (!member.TryGetProperty("entity", out var entity) || !entity.TryGetProperty("reference", out var reference)) continue;
            if (reference.GetString()!.Split('/') is [.., "Patient", var id] && await residents.ResidentOf(id, ct) is { } resident) found.Add(resident);
        }

        return [.. found.Order(StringComparer.Ordinal)];
    }
}
