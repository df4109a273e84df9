namespace Health.Identity.Clients;

/// <summary>A client was registered.</summary>
/// <param name="KeyIds">RFC 7638 thumbprints of its public keys.</param>
public sealed record ClientRegistered(string ClientId, string? Institution, IReadOnlyList<string> Roles, IReadOnlyList<string> Scopes, IReadOnlyList<string> KeyIds)
{
    public const string Name = "identity.client-registered.v1";
}

/// <summary>A client's registration is now this.</summary>
public sealed record ClientChanged(string ClientId, string? Institution, IReadOnlyList<string> Roles, IReadOnlyList<string> Scopes, IReadOnlyList<string> KeyIds)
{
    public const string Name = "identity.client-changed.v1";
}

/// <summary>The client's registration file is gone: it gets no token any more.</summary>
public sealed record ClientWithdrawn(string ClientId)
{
    public const string Name = "identity.client-withdrawn.v1";
}
