namespace Health.CardBridge.Payers;

/// <summary>What a payer said: yes with the result, a definite no, or nothing that can be relied on.</summary>
public abstract record PayerAnswer<T>
{
    private PayerAnswer() { }

    public sealed record Accepted(T Value) : PayerAnswer<T>;

    public sealed record Refused(string Reason) : PayerAnswer<T>;

    /// <summary>The request may or may not have been carried out.</summary>
    public sealed record Unknown(string Reason) : PayerAnswer<T>;
}

/// <summary>An answer without content.</summary>
public sealed record Done
{
    public static readonly Done It = new();
}
