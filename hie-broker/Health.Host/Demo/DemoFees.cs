using Health.CardBridge.Settlements;

namespace Health.Host.Demo;

/// <summary>What the demo institutions' own fee codes are in the national catalogue.</summary>
public static class DemoFees
{
    private static readonly DateOnly Always = new(2000, 1, 1);

    private static readonly CatalogueEntry[] Entries =
    [
        new("GH001", "001102000010000", "普通门诊诊察费", Always, null),
        new("XY0212", "XJ01CAA061E001010102345", "阿莫西林胶囊", Always, null),
        new("JC0105", "002501010150000", "血细胞分析", Always, null),
    ];

    public static async Task Map(FeeCatalogue catalogue, CancellationToken ct)
    {
        foreach (var institution in DemoInstitutions.All) await catalogue.Replace(institution.Code, Entries, ct);
    }
}
