using System.Security.Cryptography;
using System.Text;
using Health.Cards;

namespace Health.SimulationTests.Settlements;

/// <summary>A resident at the desk with a card whose chip is in this program, and what the chip held when it was handed out.</summary>
public sealed class CardInHand(string idNumber, string residentId, string purseNo, VirtualCard card, long balanceFen)
{
    public const long Loaded = 100_000;

    public string IdNumber => idNumber;
    public string ResidentId => residentId;
    public string PurseNo => purseNo;
    public VirtualCard Chip => card;

    /// <summary>What the chip says it has paid since it was handed out.</summary>
    public long PaidFen => balanceFen - card.BalanceFen;

    public static async Task<CardInHand> Of(City city)
    {
        var (idNumber, _, issued) = await city.Resident(Loaded);
        var image = CardImage.FromJson(Encoding.UTF8.GetBytes(issued.GetProperty("image").GetRawText()));
        return new CardInHand(idNumber, issued.GetProperty("residentId").GetString()!, issued.GetProperty("purseNo").GetString()!, new VirtualCard(image, _ => { }, RandomNumberGenerator.Create()), Loaded);
    }
}
