using Health.Cards;
using Health.Contracts;

namespace Health.CardBridge.Bindings;

/// <summary>The key that signs blacklists and codes, and at a county the city's word for it. In production the file comes from the HSM's export or is replaced by it; Development makes one.</summary>
public sealed record IssuerKey(Sm2KeyPair Key, Delegation? Delegation)
{
    /// <exception cref="InvalidOperationException">A file is missing or malformed, or the delegation is for another key.</exception>
    public static IssuerKey Read(NodeIdentity node, CardBridgeSettings settings)
    {
        Sm2KeyPair key;
        try
        {
            key = Sm2KeyPair.FromDer(Secrets.Read(node, settings.ListKeyFile, "card-list.sm2", () => Sm2KeyPair.Generate().ToDer()));
        }
        catch (FormatException malformed)
        {
            throw new InvalidOperationException($"Health:CardBridge:ListKeyFile: {malformed.Message}", malformed);
        }
        if (settings.DelegationFile is not { } file) return new IssuerKey(key, null);
        if (!File.Exists(file)) throw new InvalidOperationException($"Health:CardBridge:DelegationFile: there is no file {file}.");
        var delegation = Delegation.TryRead(File.ReadAllBytes(file), out var error) ?? throw new InvalidOperationException($"Health:CardBridge:DelegationFile: {error}");
        return delegation.CountyKey.Id == key.Public.Id ? new IssuerKey(key, delegation) : throw new InvalidOperationException("Health:CardBridge:DelegationFile is for another key.");
    }

    // A record's own text would print the parts.
    public override string ToString() => Key.ToString();
}
