namespace Health.Cards;

public enum ListVerdict
{
    Trusted,
    /// <summary>Neither the city's key nor a key the city delegated to.</summary>
    UnknownIssuer,
    DelegationForged,
    /// <summary>Issued before or after the time the city gave the county.</summary>
    DelegationExpired,
    /// <summary>A county's list counts in that county alone.</summary>
    OtherDivision,
    SignatureWrong,
}

/// <summary>What a desk believes: lists signed by the city, and lists of its own county signed with the delegated key.</summary>
/// <param name="City">The city's public key, given to the desk when it is set up.</param>
/// <param name="Division">The desk's county, six digits.</param>
public sealed record BlacklistTrust(Sm2PublicKey City, string Division)
{
    public ListVerdict Judge(BlacklistDocument document)
    {
        var header = document.Header;
        if (header.Delegation is not { } delegation)
            return header.KeyId != City.Id ? ListVerdict.UnknownIssuer : document.IsSignedBy(City) ? ListVerdict.Trusted : ListVerdict.SignatureWrong;
        if (delegation.CityKeyId != City.Id || delegation.CountyKey.Id != header.KeyId) return ListVerdict.UnknownIssuer;
        if (!delegation.IsOf(City)) return ListVerdict.DelegationForged;
        if (header.IssuedAt < delegation.NotBefore || header.IssuedAt > delegation.NotAfter) return ListVerdict.DelegationExpired;
        if (delegation.Division != Division) return ListVerdict.OtherDivision;
        return document.IsSignedBy(delegation.CountyKey) ? ListVerdict.Trusted : ListVerdict.SignatureWrong;
    }

    /// <summary>
    /// Which of two believed lists to use: the later one. Never the earlier, or a list recorded before a loss could be played back.
    /// </summary>
    public static bool Supersedes(BlacklistDocument candidate, BlacklistDocument? current) =>
        current is null || (candidate.Header.KeyId == current.Header.KeyId ? candidate.Version >= current.Version && candidate.IssuedAt >= current.IssuedAt : candidate.IssuedAt > current.IssuedAt);
}
