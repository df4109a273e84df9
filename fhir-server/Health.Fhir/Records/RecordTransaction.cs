using Health.Contracts;
using Health.Fhir.Search;
using Npgsql;

namespace Health.Fhir.Records;

/// <summary>What a transaction of the committer needs of the house.</summary>
internal sealed record RecordServices(IKeyring Keyring, RecordBodies Bodies, SearchIndex Index, SearchEngine Search, IAuditTrail Audit);

/// <summary>
/// One transaction: units are decided in turn on state that each carries on in memory, then everything is written at once. The turn of
/// the event log is held from the start, so nothing read here can change before the commit.
/// </summary>
internal sealed class RecordTransaction(NpgsqlConnection connection, TurnOpening opening, RecordServices services, DateTimeOffset now)
{
    private long sequence = opening.Sequence, rid = opening.Rid;
    private readonly Dictionary<(string Type, string Id), ResourceRow?> rows = [];
    private readonly List<PendingVersion> pending = [];
    private readonly List<AuditFact> facts = [];

    /// <summary>The last numbers that were given, for who comes next.</summary>
    public (long Sequence, long Rid) Counters => (sequence, rid);

    /// <summary>The rows that the units named when the turn was opened.</summary>
    public void Begin(IEnumerable<(string Type, string Id)> keys)
    {
        foreach (var key in keys) rows[key] = null;
        foreach (var row in opening.Rows) rows[(row.Type, row.Id)] = row;
    }

    /// <summary>Reads the rows of units that came later.</summary>
    public async Task Load(IReadOnlyCollection<(string Type, string Id)> keys, CancellationToken ct)
    {
        var missing = keys.Where(key => !rows.ContainsKey(key)).ToHashSet();
        if (missing.Count > 0) await LoadRows(missing, ct);
    }

    private async Task LoadRows(IReadOnlyCollection<(string Type, string Id)> keys, CancellationToken ct)
    {
        foreach (var key in keys) rows[key] = null;
        foreach (var row in await RecordTables.Load(connection, keys, ct)) rows[(row.Type, row.Id)] = row;
    }

    /// <summary>Decides a unit: either all its writes are carried on, or none and the refusal is returned.</summary>
    public async Task<UnitResult> Decide(WriteUnit unit, CancellationToken ct)
    {
        var resolved = new ResolvedWrite[unit.Writes.Count];
        for (var i = 0; i < resolved.Length; i++)
        {
            var (target, refusal) = await Resolve(unit, unit.Writes[i], ct);
            if (refusal is not null) return UnitResult.Refused(refusal, i);
            resolved[i] = target!;
        }

        if (unit.ResolveReferences && Twice(resolved) is >= 0 and var twice)
            return UnitResult.Refused(Refusal.Invalid($"{resolved[twice].Write.ResourceType}/{resolved[twice].Write.Id} is written twice in one transaction."), twice);
        if (unit is { ResolveReferences: true, ReferencesAreResolved: false } && await ReferenceResolution.Run(unit, resolved, this, ct) is { } unresolved) return UnitResult.Refused(unresolved.Refusal, unresolved.Index);
        var overlay = new Dictionary<(string, string), ResourceRow>();
        var made = new List<PendingVersion>();
        var steps = new List<WriteStep>();
        for (var i = 0; i < resolved.Length; i++)
        {
            var (step, refusal) = await DecideOne(unit, unit.Writes[i], resolved[i], overlay, made, ct);
            if (refusal is not null) return UnitResult.Refused(refusal, i);
            steps.Add(step!);
        }

        foreach (var (key, row) in overlay) rows[key] = row;
        pending.AddRange(made);
        var result = new UnitResult(unit, steps);
        facts.AddRange(WriteAudit.Facts(result, now));
        return result;
    }

    // Two conditional entries may end at one resource, which the addresses do not show. http://hl7.org/fhir/R4/http.html#trules
    private static int Twice(ResolvedWrite[] writes)
    {
        var seen = new HashSet<(string, string)>();
        for (var i = 0; i < writes.Length; i++)
            if (!writes[i].IsSettled && !seen.Add((writes[i].Write.ResourceType, writes[i].Write.Id))) return i;
        return -1;
    }

    /// <summary>Why a search cannot decide; null when it can.</summary>
    public Refusal? Check(string resourceType, string query) => services.Search.Check(resourceType, query);

    /// <summary>Ids that match, with everything decided before visible to the search.</summary>
    public async Task<IReadOnlyList<string>> Match(AccessFilter visible, string resourceType, string query, CancellationToken ct)
    {
        if (pending.Exists(version => !version.IsFlushed && PendingMatch.IsPossible(version, resourceType, query))) await Flush(ct);
        return await services.Search.FindIds(connection, null, resourceType, query, visible, 2, ct);
    }

    private async Task<(ResolvedWrite?, Refusal?)> Resolve(WriteUnit unit, UnitWrite write, CancellationToken ct)
    {
        var target = new ResolvedWrite(write.Write);
        if (write.Criteria is not { } criteria) return (target, null);
        var ids = await Match(write.Visible ?? unit.Visible, write.Write.ResourceType, criteria.Query, ct);
        if (ids.Count > 1) return (null, Refusal.MultipleMatches($"{write.Write.ResourceType}?{criteria.Query} matches more than one resource."));
        if (criteria.Form == ConditionalForm.Patch)
            return ids is [var only] && only == write.Write.Id ? (target, null) : (null, Refusal.VersionConflict($"{write.Write.ResourceType}?{criteria.Query} does not match {write.Write.ResourceType}/{write.Write.Id} any more."));
        if (ids.Count == 0) return (criteria.Form == ConditionalForm.Delete ? target with { IsSettled = true } : target, null);
        if (criteria.Form == ConditionalForm.Update && write.IdIsGiven && ids[0] != write.Write.Id)
            return (null, Refusal.Invalid($"The body's id is {write.Write.Id}, but the match is {write.Write.ResourceType}/{ids[0]}.", "id"));
        if (!rows.ContainsKey((write.Write.ResourceType, ids[0]))) await LoadRows([(write.Write.ResourceType, ids[0])], ct);
        return (target with { Write = write.Write with { Id = ids[0] }, IsSettled = criteria.Form == ConditionalForm.Create, IsMatched = true }, null);
    }

    private async Task<(WriteStep?, Refusal?)> DecideOne(
        WriteUnit unit, UnitWrite given, ResolvedWrite resolved, Dictionary<(string, string), ResourceRow> overlay, List<PendingVersion> made, CancellationToken ct)
    {
        var write = resolved.Write;
        var key = (write.ResourceType, write.Id);
        var row = overlay.TryGetValue(key, out var carried) ? carried : rows.GetValueOrDefault(key);
        if (row is not null && !given.MayTouchExisting && !resolved.IsMatched && !overlay.ContainsKey(key))
            return (null, Refusal.NotFound($"{write.ResourceType}/{write.Id} is not known."));
        // A settled write answers with what is there.
        if (row is { Deleted: false, Body: null } && (resolved.IsSettled || write.Kind is WriteKind.Put or WriteKind.Merge))
        {
            row = row with { Body = await services.Bodies.Open(row!.Type, row.Id, row.Version, ResourceEventFormat.Read(row.Stored, ResourceUpdated.Name), ct) };
            if (row.Body is null) return (null, Refusal.Gone($"{write.ResourceType}/{write.Id} was erased."));
            rows[key] = row;
        }

        if (resolved.IsSettled) return (new WriteStep(given, write, row, null), null);
        var state = row is null ? null : new RecordState(row.Version, row.Deleted, row.LastUpdated, row.Body ?? default);
        var prepared = given.Prepared is { } body && body.IsOf(write) ? body : null;
        switch (RecordDecider.Decide(write, state, now, prepared?.Scan))
        {
            case RecordDecision.Refused refused:
                return (null, refused.Refusal);
            case RecordDecision.Written written:
                var version = (await Version(unit, given, write, row, written, ct)) with { Rows = prepared?.Rows };
                overlay[key] = version.Row;
                made.Add(version);
                return (new WriteStep(given, write, row, version), null);
            default:
                return (new WriteStep(given, write, row, null), null);
        }
    }

    private async Task<PendingVersion> Version(WriteUnit unit, UnitWrite given, RecordWrite write, ResourceRow? row, RecordDecision.Written written, CancellationToken ct)
    {
        var resident = unit.ResidentOf(given) ?? row?.ResidentId;
        var (keyId, body) = written.Deleted ? (row!.KeyId, ReadOnlyMemory<byte>.Empty) : await Seal(write, written, resident, ct);
        ResourceEvent e = written switch
        {
            { Deleted: true } => new ResourceDeleted { KeyId = keyId, ResidentId = resident, InstitutionCode = unit.InstitutionCode, LastUpdated = now, EffectiveAt = unit.EffectiveAt, Sealed = body },
            { Version: 1 } => new ResourceCreated { KeyId = keyId, ResidentId = resident, InstitutionCode = unit.InstitutionCode, LastUpdated = now, EffectiveAt = unit.EffectiveAt, Sealed = body },
            _ => new ResourceUpdated { KeyId = keyId, ResidentId = resident, InstitutionCode = unit.InstitutionCode, LastUpdated = now, EffectiveAt = unit.EffectiveAt, Sealed = body },
        };
        // The institution of the row stays the first writer's: whoever wrote a resource keeps seeing it.
        var next = (row ?? new ResourceRow(write.ResourceType, write.Id) { InstitutionCode = unit.InstitutionCode }) with
        {
            Version = written.Version, At = new SequenceCell(), LastUpdated = now, Deleted = written.Deleted, ResidentId = resident, KeyId = keyId, Body = written.Body, Stored = null,
        };
        return new PendingVersion(unit, next, e);
    }

    private async Task<(string KeyId, ReadOnlyMemory<byte> Body)> Seal(RecordWrite write, RecordDecision.Written written, string? resident, CancellationToken ct)
    {
        var key = resident is null ? services.Keyring.Node : await services.Keyring.ForResident(resident, ct);
        return (key.Id, key.Seal(written.Body.Span, ResourceEventFormat.AdditionalData(write.ResourceType, write.Id, written.Version)));
    }

    /// <summary>Writes what is pending, so that a search of this transaction sees it. Nothing is committed.</summary>
    private async Task Flush(CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection);
        await AddPending(batch, ct);
        if (batch.BatchCommands.Count > 0) await batch.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Adds the statements that append what is pending and write the current rows and the index.</summary>
    private async ValueTask AddPending(NpgsqlBatch batch, CancellationToken ct)
    {
        var versions = pending.Where(version => !version.IsFlushed).ToList();
        if (versions.Count == 0) return;
        foreach (var version in versions) version.Row.At.Value = ++sequence;
        foreach (var command in EventAppend.Commands(versions)) batch.BatchCommands.Add(command);
        var last = new Dictionary<(string, string), ResourceRow>();
        foreach (var version in versions) last[version.Key] = version.Row;
        List<ResourceRow> fresh = [], changed = [];
        foreach (var (key, row) in last)
        {
            // A later version of a resource of this transaction knows no rid yet: the row that was written before does.
            var known = row.Rid != 0 ? row.Rid : rows.GetValueOrDefault(key)?.Rid ?? 0;
            var saved = row with { Rid = known != 0 ? known : ++rid };
            (known != 0 ? changed : fresh).Add(saved);
            rows[key] = saved;
        }

        foreach (var command in RecordTables.Save(fresh, changed)) batch.BatchCommands.Add(command);
        var indexed = versions.ConvertAll(version => version.ToIndexed(rows[version.Key]!.Rid));
        foreach (var command in await services.Index.Commands(SearchIndex.Live, indexed, opening.IsForeseen, ct)) batch.BatchCommands.Add(command);
        foreach (var version in versions) version.IsFlushed = true;
    }

    /// <summary>Writes all that was decided and commits, in one round trip; afterwards every outcome is durable.</summary>
    public async Task Commit(IReadOnlyList<UnitResult> results, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection);
        if (opening.IsForeseen)
            foreach (var command in opening.Foreseen()) batch.BatchCommands.Add(command);
        await AddPending(batch, ct);
        var keyed = results.Where(result => result is { Unit.BatchKey: not null, Refusal: null }).Select(result => (result.Unit!.BatchKey!, result.Outcomes())).ToList();
        if (keyed.Count > 0) batch.BatchCommands.Add(RecordTables.RememberBatches(keyed, now));
        if (facts.Count > 0) batch.BatchCommands.Add(Command(services.Audit.Prepare(facts)));
        if (sequence != opening.Sequence) batch.BatchCommands.Add(TurnOpening.Close(sequence, rid));
        batch.BatchCommands.Add(new NpgsqlBatchCommand("commit"));
        await batch.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Leaves the turn without having written anything.</summary>
    public ValueTask Rollback(CancellationToken ct) => CommitLine.Rollback(connection, ct);

    private static NpgsqlBatchCommand Command(SqlStatement statement)
    {
        var command = new NpgsqlBatchCommand(statement.Text);
        foreach (var value in statement.Parameters) command.Parameters.Add(value as NpgsqlParameter ?? new NpgsqlParameter { Value = value });
        return command;
    }
}
