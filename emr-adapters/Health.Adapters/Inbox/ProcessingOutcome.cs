using Health.Contracts;
using Health.Hl7v2;

namespace Health.Adapters.Inbox;

/// <summary>What became of a claimed message.</summary>
internal abstract record ProcessingOutcome
{
    private ProcessingOutcome() { }

    /// <param name="Rewrapped">The message's key under the resident's; null when no resident is concerned.</param>
    public sealed record Recorded(string? ResidentId, WrappedKey? Rewrapped, IReadOnlyList<string> Resources, IReadOnlyList<string> UnmappedPaths) : ProcessingOutcome
    {
        /// <summary>Residents whom the message is about beside ResidentId.</summary>
        public IReadOnlyList<string> OtherResidents { get; init; } = [];
    }

    /// <summary>The data is at fault: a person has to look, trying again would change nothing.</summary>
    public sealed record Quarantined(IReadOnlyList<Hl7Diagnostic> Problems, byte[] SealedProblems) : ProcessingOutcome;

    /// <summary>Something else is at fault (a database away): tried again later.</summary>
    public sealed record Deferred(string Reason) : ProcessingOutcome;
}
