using Health.Hl7v2;

namespace Health.Adapters.Inbox;

/// <summary>A control id that comes again with another body: the sender's mistake, kept for a person to look at.</summary>
internal static class Reuse
{
    public static readonly Hl7Diagnostic Problem =
        Hl7Diagnostic.Error("MSH-10", Hl7ErrorCode.DuplicateKeyIdentifier, "Control id reuse: this control id came before with another body. The message is kept in quarantine.");
}
