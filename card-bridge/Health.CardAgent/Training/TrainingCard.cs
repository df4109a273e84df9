using Health.Cards;
using Health.Contracts;

namespace Health.CardAgent.Training;

/// <summary>The virtual card of the training: a test identity, published test keys, 500 yuan on the purse.</summary>
public static class TrainingCard
{
    public const string PurseNo = "5107990000000001", FileName = "training.json";

    /// <summary>Path of the card's image; made when it is not there.</summary>
    public static string In(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (File.Exists(path)) return path;
        var digits = $"{ResidentIdNumber.TestDivision}19900101001";
        var number = digits + ResidentIdNumber.CheckCharacter(digits);
        new CardPersonalisation
        {
            ChipNo = "000000000001",
            CardNo = number,
            HolderName = "培训张三",
            Sex = 1,
            BirthDate = new DateOnly(1990, 1, 1),
            IdNumber = number,
            IssuerName = "培训 TRAINING",
            IssuerCode = "510700",
            IssuedOn = new DateOnly(2026, 1, 5),
            ValidUntil = new DateOnly(2046, 1, 5),
            PurseNo = PurseNo,
            PurseBalanceFen = 50_000,
        }.Personalise(MasterKeys.TestHealth, MasterKeys.TestPurse).Save(path);
        return path;
    }
}
