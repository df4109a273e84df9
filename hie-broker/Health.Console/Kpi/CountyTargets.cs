namespace Health.Console.Kpi;

/// <summary>A county unit, with its registered population (2018) and its share of the card target.</summary>
public sealed record CountyTarget(string Division, string Name, string EnglishName, long Population, long Target);

/// <summary>
/// The city's card target, 3,000,000 resident cards, laid on its nine county units by registered population (largest remainder, so that the
/// parts add up to the whole). The plan names the total only; the weights are ours and shown beside the figure.
/// </summary>
public static class CountyTargets
{
    public const long CityTarget = 3_000_000;

    private static readonly (string Division, string Name, string EnglishName, long Population)[] Counties =
    [
        ("510703", "涪城区", "Fucheng", 656_971),
        ("510704", "游仙区", "Youxian", 532_462),
        ("510705", "安州区", "Anzhou", 510_203),
        ("510722", "三台县", "Santai", 1_467_527),
        ("510723", "盐亭县", "Yanting", 606_382),
        ("510725", "梓潼县", "Zitong", 379_878),
        ("510726", "北川羌族自治县", "Beichuan", 160_528),
        ("510727", "平武县", "Pingwu", 186_957),
        ("510781", "江油市", "Jiangyou", 878_575),
    ];

    public static IReadOnlyList<CountyTarget> All { get; } = Lay();

    private static CountyTarget[] Lay()
    {
        var population = Counties.Sum(county => county.Population);
        var shares = Counties.Select(county => (county, Whole: county.Population * CityTarget / population, Remainder: county.Population * CityTarget % population)).ToList();
        var left = CityTarget - shares.Sum(share => share.Whole);
        var rounded = shares.OrderByDescending(share => share.Remainder).Take((int)left).Select(share => share.county.Division).ToHashSet();
        return
        [
            .. shares.Select(share => new CountyTarget(
                share.county.Division, share.county.Name, share.county.EnglishName, share.county.Population,
                share.Whole + (rounded.Contains(share.county.Division) ? 1 : 0))),
        ];
    }
}
