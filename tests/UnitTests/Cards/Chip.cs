using System.Security.Cryptography;
using Health.Cards;

namespace Health.UnitTests.Cards;

/// <summary>A test resident's card in a slot of this process, with the modules of one desk.</summary>
public sealed class Chip : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("health-chip-").FullName;

    public Chip(long balanceFen = 50_000)
    {
        ImagePath = Path.Combine(folder, "chip.json");
        Personalisation(balanceFen).Personalise(MasterKeys.TestHealth, MasterKeys.TestPurse).Save(ImagePath);
        HealthSam = new SoftSam(MasterKeys.TestHealthDesk, "51070000000000000001", "510700000001", new SequenceFile(Path.Combine(folder, "health.seq")), development: true);
        PurseSam = new SoftSam(MasterKeys.TestPurseDesk, "51070000000000000002", "510700000001", new SequenceFile(Path.Combine(folder, "purse.seq")), development: true);
        Restart();
    }

    public string ImagePath { get; }
    public VirtualSlot Slot { get; } = new();
    public SoftSam HealthSam { get; }
    public SoftSam PurseSam { get; }
    public VirtualCard Card { get; private set; } = null!;

    /// <summary>What the chip's memory says, as a new process would read it.</summary>
    public CardImage Stored => CardImage.Load(ImagePath);

    public static CardPersonalisation Personalisation(long balanceFen = 50_000) => new()
    {
        ChipNo = "000012345678",
        CardNo = "510799199001010018",
        HolderName = "张测试",
        Sex = 1,
        BirthDate = new DateOnly(1990, 1, 1),
        IdNumber = "510799199001010018",
        IssuerName = "绵阳市卫生健康委员会",
        IssuerCode = "510700",
        IssuedOn = new DateOnly(2026, 1, 5),
        ValidUntil = new DateOnly(2036, 1, 5),
        PurseNo = "5107000012345678",
        PurseBalanceFen = balanceFen,
    };

    /// <summary>Puts the stored memory into a new card and inserts it: the process died and came back.</summary>
    public void Restart() => Insert(CardImage.Load(ImagePath));

    public void Insert(CardImage image)
    {
        Card = new VirtualCard(image, changed => changed.Save(ImagePath), RandomNumberGenerator.Create());
        Slot.Insert(Card);
    }

    public HealthCardSession Session() => new(Slot.Connect(), HealthSam, RandomNumberGenerator.Create());

    /// <summary>Card in the slot, identified and authenticated, purse open.</summary>
    public PurseSession OpenPurse()
    {
        var session = Session();
        var identity = session.Identify();
        session.Authenticate(CardKeys.Rk1Ddf1);
        var purse = new PurseSession(session.Channel, PurseSam, identity.ChipSerial, identity.CityCode);
        purse.Open();
        return purse;
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
