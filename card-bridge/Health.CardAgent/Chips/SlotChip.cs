using Health.Cards;

namespace Health.CardAgent.Chips;

/// <summary>The chip in a slot of this process (transport <c>direct</c>).</summary>
public sealed class SlotChip(VirtualSlot slot) : IVirtualChip
{
    public bool Present => slot.Card is not null;

    public VirtualCard? Card { get; private set; }

    public Task Insert(string imagePath, CancellationToken ct)
    {
        if (Present) slot.Remove();
        Card = ChipFile.Open(imagePath);
        slot.Insert(Card);
        return Task.CompletedTask;
    }

    public Task Remove(CancellationToken ct)
    {
        slot.Remove();
        return Task.CompletedTask;
    }
}
