using Health.Cards;

namespace Health.UnitTests.Cards;

public sealed class Personalisation_of_many_cards
{
    private const string Batch = "0123456789abcdef0123456789abcdef";
    private static readonly byte[] Shared = [.. Enumerable.Range(1, 16).Select(i => (byte)i)];

    [Fact]
    public void carries_the_keys_and_items_that_a_single_card_gets()
    {
        var cards = Cards(40);
        var read = PersonalisationFile.Read(File(cards), new TransportKey(Shared));
        Assert.Equal(cards.Select(card => card.ChipSerial), read.Select(card => card.ChipSerial));
        foreach (var (card, data) in cards.Zip(read))
        {
            var image = card.Personalise(MasterKeys.TestHealth, MasterKeys.TestPurse);
            Assert.Equal(CardKeys.All.Select(key => image.Keys[key.Name].Value), CardKeys.All.Select((_, i) => Convert.ToHexString(data.Keys, i * 16, 16)));
            var onChip = image.Files.Values.SelectMany(records => records).ToHashSet();
            Assert.All(data.Items, item => Assert.Contains(Convert.ToHexString(item.ToBytes()), onChip));
            Assert.Equal([1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 57], data.Items.Select(item => (int)item.Tag).Order());
        }
    }

    [Fact]
    public void shows_every_altered_byte_and_every_cut()
    {
        var whole = File(Cards(2));
        for (var i = 45; i < whole.Length; i++)
        {
            var altered = (byte[])whole.Clone();
            altered[i] ^= 1;
            Assert.Throws<InvalidDataException>(() => PersonalisationFile.Read(altered, new TransportKey(Shared)));
            Assert.Throws<InvalidDataException>(() => PersonalisationFile.Read(whole.AsSpan(0, i), new TransportKey(Shared)));
        }
    }

    [Fact]
    public void opens_with_the_shared_key_alone_and_repeats_no_cipher_block()
    {
        var whole = File(Cards(200));
        var other = (byte[])Shared.Clone();
        other[0] ^= 1;
        Assert.Throws<InvalidDataException>(() => PersonalisationFile.Read(whole, new TransportKey(other)));
        Assert.NotEqual(new TransportKey(Shared).CheckValue, new TransportKey(other).CheckValue);
        var (at, first) = (45, new List<string>());
        while (at < whole.Length)
        {
            first.Add(Convert.ToHexString(whole, at + 2, 16));
            at += 2 + (whole[at] << 8 | whole[at + 1]) + TransportKey.MacSize;
        }
        Assert.Equal(200, first.Distinct().Count());
    }

    [Fact]
    public void holds_nothing_of_a_person_in_clear() => Assert.False(File(Cards(3)).AsSpan().IndexOf("510799"u8) >= 0);

    private static byte[] File(IReadOnlyList<CardPersonalisation> cards)
    {
        var (file, deriver, transport) = (new PersonalisationFile(), new CardKeyDeriver(MasterKeys.TestHealth, "510700"), new TransportKey(Shared));
        // A file before it in the same memory leaves nothing behind.
        file.Start(Batch, 1);
        file.Add(cards[0], deriver, transport);
        file.Start(Batch, 2);
        foreach (var card in cards) file.Add(card, deriver, transport);
        return file.Finish().ToArray();
    }

    private static List<CardPersonalisation> Cards(int count) => [.. Enumerable.Range(1, count).Select(i => Chip.Personalisation() with { ChipNo = $"51070000{i:D4}", HolderName = $"测试{i}" })];
}
