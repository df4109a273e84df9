using System.Text;

namespace Health.Cards;

/// <summary>A set of master keys (16 bytes each). Hardware keeps them inside; this type serves the software SAM, personalisation in Development, and tests.</summary>
public sealed class MasterKeys(IReadOnlyDictionary<SamKey, byte[]> keys)
{
    public byte[]? Find(SamKey key) => keys.TryGetValue(key, out var value) ? value : null;

    /// <summary>The set without what a terminal of this kind is not given.</summary>
    public MasterKeys Only(params SamKey[] allowed) => new(keys.Where(entry => allowed.Contains(entry.Key)).ToDictionary());

    /// <summary>The published test keys of the health application: SM3 of <c>MY-HC/1 test NAME</c>, first 16 bytes.</summary>
    public static MasterKeys TestHealth { get; } = new(CardKeys.All.ToDictionary(SamKey.Of, key => Test(key.Name)));

    /// <summary>The published test keys of the purse: <c>PURSE_PURCHASE</c>, <c>PURSE_LOAD</c>, <c>PURSE_TAC</c>. Operator and issuer hold all three.</summary>
    public static MasterKeys TestPurse { get; } = new(new Dictionary<SamKey, byte[]>
    {
        [SamKey.Of(PurseKey.Purchase)] = Test("PURSE_PURCHASE"),
        [SamKey.Of(PurseKey.Load)] = Test("PURSE_LOAD"),
        [SamKey.Of(PurseKey.Tac)] = Test("PURSE_TAC"),
    });

    /// <summary>What the purse SAM of a desk holds: it can debit and check MAC2, it cannot load and cannot make a TAC.</summary>
    public static MasterKeys TestPurseDesk { get; } = TestPurse.Only(SamKey.Of(PurseKey.Purchase));

    /// <summary>What the health SAM of a desk holds: reading and updating, no locking, no starting over.</summary>
    public static MasterKeys TestHealthDesk { get; } = TestHealth.Only(
    [
        .. CardKeys.All.Where(key => key.Name.StartsWith("RK", StringComparison.Ordinal) || key.Name.StartsWith("UK", StringComparison.Ordinal)).Select(SamKey.Of),
        SamKey.Of(CardKeys.IrkDdf1),
    ]);

    private static byte[] Test(string name) => Sm3.Hash(Encoding.ASCII.GetBytes($"MY-HC/1 test {name}"))[..16];
}
