using Health.Adapters.Inbox;
using Health.Adapters.Mapping;
using Health.Contracts;
using Marten;
using Npgsql;

namespace Health.Adapters.Remap;

/// <summary>
/// Maps messages that are records again with the present mapper and appends versions where the result differs. What a later message of the
/// patient says is taken out before, and a resource that something other than these messages wrote since is left alone, so nothing newer is reset.
/// A message that was looked at carries the present version, so that a run that was cut off goes on where it was.
/// </summary>
internal sealed class Remapper(
    NpgsqlDataSource database, IDocumentStore store, IRecordStore records, IResidentIndex residents, ISourceMerges merges, IKeyring keyring, StoredMapping mapping, LaterMessages later, MapperVersion version,
    NodeIdentity node, TimeProvider time)
{
    private sealed record Candidate(RecordWrite Write, IReadOnlyList<string> News);

    public async Task<RemapPage> Page(RemapRequest request, Caller caller, CancellationToken ct)
    {
        long? total = request.After == 0 ? await DoneMessage.Count(database, request, version.Value, ct) : null;
        var page = await DoneMessage.Page(database, request, version.Value, ct);
        var tally = new RemapTally();
        foreach (var message in page)
        {
            var (kind, elements) = await Remap(message, request.IsDryRun, caller, ct);
            tally.Add(message.Message.SourceId, message.Message.Type, kind, elements);
        }

        return new RemapPage(page.Count, total, page.Count == request.Count ? page[^1].Position : null, tally.Counts);
    }

    private async Task<(RemapKind Kind, IEnumerable<string> Elements)> Remap(DoneMessage done, bool isDryRun, Caller caller, CancellationToken ct)
    {
        if (await mapping.Of(done.Message, ct) is not { } mapped) return (RemapKind.Refused, []);
        var stays = await later.Of(done.OrderKeys, done.Place, ct);
        List<Candidate> candidates = [];
        var leftAlone = false;
        if (await Residents(mapped, ct) is not { } others) return (RemapKind.Refused, []);
        foreach (var write in mapped.Writes.Concat(others.SelectMany(other => other.Person.Writes.Select(write => write with { ResidentId = other.ResidentId }))))
        {
            var (rest, news, isForeign) = await stays.Rest(write, ct);
            if (rest is not null) candidates.Add(new Candidate(rest, news));
            leftAlone |= isForeign;
        }

        var elements = candidates.SelectMany(one => one.News.Select(name => $"{one.Write.ResourceType}.{name}")).ToList();
        if (isDryRun) return (Kind(candidates, leftAlone), elements);
        if (!await CarryOutMerges(done, mapped, caller, ct)) return (RemapKind.Refused, []);
        if (candidates.Count == 0)
        {
            await Mark(done, done.Resources, mapped.UnmappedPaths, caller, ct);
            return (Kind(candidates, leftAlone), elements);
        }

        return await Commit(done, mapped, candidates, others, caller, ct) is { } failed ? (failed, []) : (RemapKind.Changed, elements);
    }

    private static RemapKind Kind(List<Candidate> candidates, bool leftAlone) =>
        candidates.Count > 0 ? RemapKind.Changed : leftAlone ? RemapKind.LeftAlone : RemapKind.Unchanged;

    /// <summary>The further persons of the message with their residents; null when one of them is linked to nobody.</summary>
    private async Task<List<(MappedPerson Person, string ResidentId)>?> Residents(MappingResult.Mapped mapped, CancellationToken ct)
    {
        List<(MappedPerson, string)> found = [];
        foreach (var other in mapped.Others)
        {
            if (await residents.ResidentOf(other.Identity.PatientId, ct) is not { } resident) return null;
            found.Add((other, resident));
        }

        return found;
    }

    /// <summary>
    /// Links that the older mapper did not see. One that it saw wrote the prior Patient: that link was made then, and should a person have taken it back, it
    /// stays taken back.
    /// </summary>
    /// <returns>False when one was refused.</returns>
    private async Task<bool> CarryOutMerges(DoneMessage done, MappingResult.Mapped mapped, Caller caller, CancellationToken ct)
    {
        foreach (var merge in mapped.Merges.Where(merge => !done.Resources.Any(one => one.StartsWith($"Patient/{merge.Prior.PatientId}/", StringComparison.Ordinal))))
            if (await merges.Merge(merge.Prior, merge.SurvivingPatientId, Header(done.Message, caller), ct) is not null) return false;
        return true;
    }

    private EventHeader Header(ClaimedMessage message, Caller caller) => new(node.NodeId, caller.Actor, PurposeOfUse.HOPERAT, $"hl7:{message.SourceId}:{message.MessageId}", message.Trace);

    private async Task<RemapKind?> Commit(DoneMessage done, MappingResult.Mapped mapped, List<Candidate> candidates, List<(MappedPerson Person, string ResidentId)> others, Caller caller, CancellationToken ct)
    {
        var message = done.Message;
        var batch = new RecordBatch(
            $"hl7:{message.MessageId}:{version.Value}", Header(message, caller), message.InstitutionCode, done.ResidentId,
            [.. candidates.Select(one => one.Write), .. MessageProvenance.Of(message, mapped.Writes, others, keyring)])
        {
            EffectiveAt = mapped.EffectiveAt,
        };
        var commit = await records.Commit(batch, ct);
        if (commit.Refusal is { } refusal) return refusal.Status is 409 or 412 or 503 ? RemapKind.Conflict : RemapKind.Refused;
        var written = commit.Outcomes.ToDictionary(one => $"{one.ResourceType}/{one.Id}", one => one.Version);
        string[] resources =
        [
            .. done.Resources.Where(one => !written.ContainsKey(one.Split("/_history/")[0])),
            .. written.Select(one => $"{one.Key}/_history/{one.Value}"),
        ];
        await Mark(done, resources, mapped.UnmappedPaths, caller, ct);
        return null;
    }

    private async Task Mark(DoneMessage done, string[] resources, IReadOnlyList<string> unmapped, Caller caller, CancellationToken ct)
    {
        await using var transaction = await LogTransaction.Begin(database, ct);
        await transaction.TakeTurn(ct);
        var messageId = done.Message.MessageId;
        await InboxSql.Execute(
            transaction.Connection, "update adapters.inbox set mapper_version = $2, resources = $3, unmapped_paths = $4 where message_id = $1 and state = 'done'",
            ct, messageId, version.Value, resources, unmapped.ToArray());
        await transaction.Append(
            store, new EventHeader(node.NodeId, caller.Actor, PurposeOfUse.HOPERAT, "remap"),
            [(messageId, new MessageMapped(messageId, version.Value, done.ResidentId, resources, time.GetUtcNow()))], ct);
        await transaction.Commit(ct);
    }
}
