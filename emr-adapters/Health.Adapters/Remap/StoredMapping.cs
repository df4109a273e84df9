using Health.Adapters.Inbox;
using Health.Adapters.Mapping;
using Health.Adapters.Sources;
using Health.Contracts;
using Health.Hl7v2;

namespace Health.Adapters.Remap;

/// <summary>What the present mapper makes of a stored message.</summary>
internal sealed class StoredMapping(IKeyring keyring, SourceRegistry sources, MapMessage map)
{
    /// <summary>Null when the mapper does not take it any more, its source is gone or its key was destroyed.</summary>
    public async Task<MappingResult.Mapped?> Of(ClaimedMessage message, CancellationToken ct)
    {
        if (sources.ById(message.SourceId) is not { } source || await MessageSeal.KeyOf(keyring, message.Key, ct) is not { } key) return null;
        var raw = key.Open(message.SealedBody, MessageSeal.BodyPlace(message.MessageId));
        var read = Hl7Message.Read(raw, StoredCharset.Of(message.Kind, source, message.Charset));
        using var opened = read.Message;
        if (opened is null || read.Diagnostics.Any(problem => problem.IsError)) return null;
        return map(opened, new MappingContext(source, message.MessageId, message.ReceivedAt, keyring.DeriveId)) as MappingResult.Mapped;
    }
}
