using Health.Contracts;

namespace Health.CardBridge.Settlements;

/// <summary>Who pays what of a bill.</summary>
public sealed record Split(Fen Total, Fen Fund, Fen Account, Fen Self)
{
    /// <summary>No part negative, and the parts are the whole.</summary>
    public bool AddsUp =>
        Fund >= Fen.Zero && Account >= Fen.Zero && Self >= Fen.Zero
        && (Int128)Fund.Value + Account.Value + Self.Value == Total.Value;
}
