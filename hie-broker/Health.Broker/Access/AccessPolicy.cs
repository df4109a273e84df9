using Health.Contracts;

namespace Health.Broker.Access;

/// <summary>The decision point as other modules see it. Consents and security labels will join here.</summary>
internal sealed class AccessPolicy : IAccessPolicy
{
    public ValueTask<AccessDecision> Decide(AccessRequest request, CancellationToken ct) => ValueTask.FromResult(AccessRules.Decide(request));
}
