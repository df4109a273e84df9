using Health.Contracts;

namespace Health.Adapters.Outbound;

/// <summary>A hospital's system as a caller: it reads for its institution, for treatment.</summary>
internal static class SystemCaller
{
    /// <param name="systemId">Id of its source or destination profile.</param>
    public static Caller Of(string systemId, string institution, string requestId) =>
        new($"hl7:{systemId}", null, institution, null, [], ["system/*.rs"], PurposeOfUse.TREAT, requestId);
}
