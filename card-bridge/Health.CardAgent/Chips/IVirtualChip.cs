using Health.Cards;

namespace Health.CardAgent.Chips;

/// <summary>A virtual chip and the hand that holds it: in a slot of this process, or on a virtual PC/SC reader.</summary>
public interface IVirtualChip
{
    /// <summary>Whether the chip is in the reader.</summary>
    bool Present { get; }

    /// <summary>The chip in the reader or last taken out; null before the first.</summary>
    VirtualCard? Card { get; }

    /// <summary>Puts the chip of this image file in the reader; another one is taken out first.</summary>
    Task Insert(string imagePath, CancellationToken ct);

    Task Remove(CancellationToken ct);
}

/// <summary>Opens image files so that every change is on the disk before the chip answers.</summary>
public static class ChipFile
{
    public static VirtualCard Open(string path) =>
        new(CardImage.Load(path), image => image.Save(path), System.Security.Cryptography.RandomNumberGenerator.Create());
}
