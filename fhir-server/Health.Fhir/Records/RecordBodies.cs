using Health.Contracts;

namespace Health.Fhir.Records;

/// <summary>Opens stored event bytes. A key that was destroyed gives null: the resource is erased.</summary>
public sealed class RecordBodies(IKeyring keyring)
{
    public async ValueTask<ReadOnlyMemory<byte>?> Open(string resourceType, string id, long version, ResourceEvent e, CancellationToken ct)
    {
        if (e.Sealed.IsEmpty) return ReadOnlyMemory<byte>.Empty;
        var key = keyring.TryGetCached(e.KeyId, out var cached) ? cached : await keyring.Find(e.KeyId, ct);
        if (key is null) return null;
        return key.Open(e.Sealed.Span, ResourceEventFormat.AdditionalData(resourceType, id, version));
    }
}
