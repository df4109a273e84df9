using Health.Cards;

namespace Health.CardAgent.Chips;

/// <summary>The chip in a slot of this process (transport <c>direct</c>).</summary>
/// <param name="apduDelay">What it takes for every command.</param>
public sealed class SlotChip(VirtualSlot slot, TimeSpan apduDelay) : IVirtualChip
{
    public bool Present => slot.Card is not null;

    public VirtualCard? Card { get; private set; }

    public Task Insert(string imagePath, CancellationToken ct)
    {
        Insert(imagePath);
        return Task.CompletedTask;
    }

    public void Insert(string imagePath)
    {
        if (Present) slot.Remove();
        Card = ChipFile.Open(imagePath);
        Card.ApduDelay = apduDelay;
        slot.Insert(Card);
    }

    public Task Remove(CancellationToken ct)
    {
        slot.Remove();
        return Task.CompletedTask;
    }
}
