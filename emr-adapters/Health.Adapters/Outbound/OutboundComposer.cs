using System.Text.Json;
using Health.Adapters.Inbox;
using Health.Adapters.Mapping.Outbound;
using Health.Contracts;
using Health.Hl7v2;
using Microsoft.Extensions.Logging;

namespace Health.Adapters.Outbound;

/// <summary>
/// Makes the message that tells a destination of a change. What cannot be written becomes a dead letter without bytes: it is seen and nothing
/// waits behind it unseen.
/// </summary>
internal sealed class OutboundComposer(OutboundReader reader, IKeyring keyring, TimeProvider time, ILogger<OutboundComposer> log)
{
    private const int ControlIdLength = 20;

    /// <param name="told">What the destination knows about the resource; null: nothing.</param>
    /// <param name="whole">For an Observation: the report of which the destination knows it as a part.</param>
    /// <returns>Null when there is nothing to tell.</returns>
    public async Task<OutboxRow?> Compose(DestinationProfile destination, LoggedRecord record, string? whole, string? told, CancellationToken ct)
    {
        var row = Row(destination, record);
        try
        {
            return await Compose(destination, record, row, whole, told, ct);
        }
        catch (Exception e) when (e is not OperationCanceledException && !Failures.IsOfInfrastructure(e))
        {
            // The text of an exception may quote data; its type and place do not.
            log.LogError("{Resource} could not be written for destination {Destination} ({Failure}); it is a dead letter. {Stack}", row.Resource, destination.Id, e.GetType().Name, e.StackTrace);
            return row with { Reason = $"could not be written: {e.GetType().Name}" };
        }
    }

    private async Task<OutboxRow?> Compose(
        DestinationProfile destination, LoggedRecord record, OutboxRow row, string? whole, string? told, CancellationToken ct)
    {
        var report = whole is null ? null : await reader.Find("DiagnosticReport", whole.Split('/')[1], ct);
        // A report that is gone, or no longer has this result, cannot tell it: then the result is told alone.
        if (report?.At("result").Exists(result => result.IdOf("Observation") == record.Id) != true) report = null;
        var (type, id) = report is null ? (record.ResourceType, record.Id) : ("DiagnosticReport", whole!.Split('/')[1]);
        // Not there any more, or erased: nothing can be told.
        if ((report ?? Parse(record.Json)) is not { } resource) return null;
        if (await reader.Read(type, id, resource, record.ResidentId, destination.InstitutionCode, ct) is not { } subject) return null;
        if (OutboundTriggers.Of(subject, told) is not { } said || !destination.Wants(said)) return null;
        if (said.Trigger == "A40" && subject.Survivor is null)
            throw new InvalidDataException("The Patient that stands for a merged one is not stored.");
        var body = OutboundWriter.Write(new OutboundMessage(subject, said, destination.Names), destination.Header, row.ControlId, record.At);
        using (var read = Hl7Message.Read(body).Message)
            if (read is null || read.Diagnostics.Any(problem => problem.IsError)) throw new InvalidDataException("The message cannot be read back.");
        return row with
        {
            Resource = $"{type}/{id}",
            Type = said.Code,
            Trigger = said.Trigger,
            Told = said.Told,
            Parts = [.. subject.Results.Select(result => $"Observation/{result.Text("id")}")],
            Body = await SealedMessage.Of(keyring, row.MessageId, record.ResidentId, body, ct),
            Reason = null,
        };
    }

    /// <summary>Ids follow from destination and sequence: composing the same change again makes the same message.</summary>
    private OutboxRow Row(DestinationProfile destination, LoggedRecord record)
    {
        var id = keyring.DeriveId("Message", $"urn:health:destination:{destination.Id}", $"{record.Sequence}");
        var controlId = id.Replace("-", "", StringComparison.Ordinal);
        return new OutboxRow(
            id, destination.Id, record.Sequence, $"{record.ResourceType}/{record.Id}", record.Version, record.ResidentId, "?", "?", controlId[..Math.Min(ControlIdLength, controlId.Length)],
            "", [], time.GetUtcNow(), null, "could not be written");
    }

    private static JsonElement? Parse(ReadOnlyMemory<byte>? json) => json is { IsEmpty: false } bytes ? JsonDocument.Parse(bytes).RootElement : null;
}
