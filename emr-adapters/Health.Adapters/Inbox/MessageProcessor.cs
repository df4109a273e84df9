using System.Diagnostics;
using System.Security.Cryptography;
using Health.Adapters.Mapping;
using Health.Adapters.Remap;
using Health.Adapters.Sources;
using Health.Contracts;
using Health.Hl7v2;
using Microsoft.Extensions.Logging;

namespace Health.Adapters.Inbox;

/// <summary>The mapping, as the processing sees it: pure.</summary>
internal delegate MappingResult MapMessage(Hl7Message message, MappingContext context);

/// <summary>
/// One message from its stored bytes to records: open, read, map, identify the resident (second commit), write the records (third commit).
/// Each step is idempotent on the message id, so that processing after a crash begins again and ends with one effect.
/// </summary>
internal sealed class MessageProcessor(
    SourceRegistry sources, IKeyring keyring, IResidentIndex residents, ISourceMerges merges, IRecordStore records, MapMessage map, LaterMessages later, NodeIdentity node, ILogger<MessageProcessor> log)
{
    private const int MostAttempts = 8;

    public async Task<ProcessingOutcome> Process(ClaimedMessage claimed, CancellationToken ct)
    {
        ActivityContext.TryParse(claimed.Trace, null, isRemote: true, out var parent);
        using var activity = AdapterTelemetry.Activities.StartActivity("hl7.process", ActivityKind.Consumer, parent);
        activity?.SetTag("hl7.message", claimed.MessageId).SetTag("hl7.type", claimed.Type);
        try
        {
            var key = await MessageSeal.KeyOf(keyring, claimed.Key, ct) ?? throw new CryptographicException("The key of the message was destroyed.");
            try
            {
                return await Process(claimed, key, ct);
            }
            catch (Exception e) when (e is not OperationCanceledException && !Failures.IsOfInfrastructure(e) && claimed.Attempts + 1 >= MostAttempts)
            {
                log.LogError("Message {MessageId} failed {Attempts} times ({Failure}); it goes to the quarantine.", claimed.MessageId, claimed.Attempts + 1, e.GetType().Name);
                return Quarantine(claimed, key, [Internal($"Failed {claimed.Attempts + 1} times: {e.GetType().Name}.")]);
            }
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // The text of an exception may quote data; its type and place do not. The place is told once, when trying again did not help.
            log.LogWarning("Message {MessageId} could not be processed now ({Failure}); it is tried again. {Stack}", claimed.MessageId, e.GetType().Name, claimed.Attempts == 2 ? e.StackTrace : "");
            return new ProcessingOutcome.Deferred(e.GetType().Name);
        }
    }

    private async Task<ProcessingOutcome> Process(ClaimedMessage claimed, DataKey key, CancellationToken ct)
    {
        if (sources.ById(claimed.SourceId) is not { } source)
            return Quarantine(claimed, key, [Hl7Diagnostic.Error("MSH-3", Hl7ErrorCode.UnknownKeyIdentifier, "The source profile of this message is no longer configured.")]);
        var raw = key.Open(claimed.SealedBody, MessageSeal.BodyPlace(claimed.MessageId));
        var read = Hl7Message.Read(raw, StoredCharset.Of(claimed.Kind, source, claimed.Charset));
        using var message = read.Message;
        var errors = read.Diagnostics.Where(problem => problem.IsError).ToList();
        if (message is null || errors.Count > 0) return Quarantine(claimed, key, errors);
        return Map(message, source, claimed) switch
        {
            MappingResult.Mapped mapped => await Record(claimed, source, key, mapped, ct),
            MappingResult.Refused refused => Quarantine(claimed, key, refused.Problems),
            _ => throw new UnreachableException(),
        };
    }

    /// <summary>The mapping is pure: whatever it throws, it throws again next time.</summary>
    private MappingResult Map(Hl7Message message, SourceProfile source, ClaimedMessage claimed)
    {
        try
        {
            return map(message, new MappingContext(source, claimed.MessageId, claimed.ReceivedAt, keyring.DeriveId));
        }
        catch (Exception e)
        {
            log.LogError("The mapping of message {MessageId} failed with {Failure}. {Stack}", claimed.MessageId, e.GetType().Name, e.StackTrace);
            return new MappingResult.Refused([Internal($"The mapping failed with {e.GetType().Name}.")]);
        }
    }

    private async Task<ProcessingOutcome> Record(ClaimedMessage claimed, SourceProfile source, DataKey key, MappingResult.Mapped mapped, CancellationToken ct)
    {
        var header = new EventHeader(node.NodeId, $"source:{source.Id}", PurposeOfUse.TREAT, $"hl7:{source.Id}:{claimed.MessageId}", claimed.Trace);
        string? residentId = null;
        WrappedKey? rewrapped = null;
        if (mapped.Identity is not null)
        {
            residentId = (await residents.Identify(mapped.Identity, header, ct)).ResidentId;
            if (claimed.Key.WrappedBy == keyring.Node.Id) rewrapped = keyring.Rewrap(claimed.Key, keyring.Node, await keyring.ForResident(residentId, ct));
        }

        List<(MappedPerson Person, string ResidentId)> others = [];
        foreach (var person in mapped.Others) others.Add((person, (await residents.Identify(person.Identity, header, ct)).ResidentId));
        foreach (var merge in mapped.Merges)
            if (await merges.Merge(merge.Prior, merge.SurvivingPatientId, header, ct) is { } refused)
                return Quarantine(claimed, key, [Hl7Diagnostic.Error("MRG-1", Hl7ErrorCode.UnknownKeyIdentifier, $"The merge was refused ({refused.Code}): {refused.Diagnostics}")]);
        string[] otherResidents = [.. others.Select(other => other.ResidentId).Distinct().Where(other => other != residentId)];
        if (mapped.Writes.Count == 0) return new ProcessingOutcome.Recorded(residentId, rewrapped, [], mapped.UnmappedPaths) { OtherResidents = otherResidents };
        var batch = new RecordBatch(
            $"hl7:{claimed.MessageId}:{MessageMapper.Version}", header, source.InstitutionCode, residentId,
            [
                .. await InTime(claimed, [.. mapped.Writes, .. others.SelectMany(other => other.Person.Writes.Select(write => write with { ResidentId = other.ResidentId }))], ct),
                .. MessageProvenance.Of(claimed, mapped.Writes, others, keyring),
            ])
        {
            EffectiveAt = mapped.EffectiveAt,
        };
        var commit = await records.Commit(batch, ct);
        if (commit.Refusal is not { } refusal)
            return new ProcessingOutcome.Recorded(residentId, rewrapped, [.. commit.Outcomes.Select(one => $"{one.ResourceType}/{one.Id}/_history/{one.Version}")], mapped.UnmappedPaths) { OtherResidents = otherResidents };
        // Conflicts and throttling pass; everything else is said about the data.
        if (refusal.Status is 409 or 412 or 503 && claimed.Attempts + 1 < MostAttempts) return new ProcessingOutcome.Deferred($"refused {refusal.Status} {refusal.Code}");
        var what = commit.RefusedIndex >= 0 && commit.RefusedIndex < batch.Writes.Count ? batch.Writes[commit.RefusedIndex].ResourceType : "The batch";
        return Quarantine(claimed, key, [Internal($"{what} was refused ({refusal.Code}): {refusal.Diagnostics} {refusal.Expression}".TrimEnd())]);
    }

    /// <summary>What is replayed or corrected comes after its time: what later messages of the patient say stays.</summary>
    private async Task<IReadOnlyList<RecordWrite>> InTime(ClaimedMessage claimed, IReadOnlyList<RecordWrite> writes, CancellationToken ct)
    {
        if (claimed.StandsAt is not { } place) return writes;
        var stays = await later.Of(claimed.OrderKeys, place, ct);
        List<RecordWrite> left = [];
        foreach (var write in writes)
            if (await stays.Late(write, ct) is { } rest) left.Add(rest);
        return left;
    }

    private static ProcessingOutcome.Quarantined Quarantine(ClaimedMessage claimed, DataKey key, IReadOnlyList<Hl7Diagnostic> problems)
    {
        IReadOnlyList<Hl7Diagnostic> said = problems.Count == 0 ? [Internal("Refused without a reason.")] : problems;
        return new ProcessingOutcome.Quarantined(said, MessageSeal.Problems(key, claimed.MessageId, said));
    }

    private static Hl7Diagnostic Internal(string text) => Hl7Diagnostic.Error("MSH", Hl7ErrorCode.Internal, text);
}
