using Health.Cards;

namespace Health.IntegrationTests.Cards;

/// <summary>The chip of a test resident.</summary>
public static class Chips
{
    public const string Name = "张测试", Serial = "3100000012345678", PurseNo = "5107000012345678";

    public static string Write(string folder, long balanceFen = 50_000, string chipNo = "000012345678")
    {
        var path = Path.Combine(folder, "chip.json");
        new CardPersonalisation
        {
            ChipNo = chipNo,
            CardNo = "510799199001010018",
            HolderName = Name,
            Sex = 1,
            BirthDate = new DateOnly(1990, 1, 1),
            IdNumber = "510799199001010018",
            IssuerName = "绵阳市卫生健康委员会",
            IssuerCode = "510700",
            IssuedOn = new DateOnly(2026, 1, 5),
            ValidUntil = new DateOnly(2036, 1, 5),
            PurseNo = PurseNo,
            PurseBalanceFen = balanceFen,
        }.Personalise(MasterKeys.TestHealth, MasterKeys.TestPurse).Save(path);
        return path;
    }
}
