using System.Security.Cryptography;
using System.Text;
using Health.CardBridge.Issuing.Batches;

namespace Health.UnitTests.CardBridge;

public sealed class Holders_of_a_batch
{
    private const string Place = "card-batch/b/part/1";
    private static readonly byte[][] Holders = [.. Enumerable.Range(0, 50).Select(i => Encoding.UTF8.GetBytes($"holder {i} " + new string('x', i)))];

    [Fact]
    public void are_sealed_each_alone()
    {
        var (block, keys) = HolderBlock.Seal(Place, Holders);
        for (var i = 0; i < Holders.Length; i++) Assert.Equal(Holders[i], HolderBlock.Open(Place, block, keys, i));
        Assert.Equal(-1, block.AsSpan().IndexOf("holder"u8));
    }

    [Fact]
    public void are_erased_one_by_one_and_the_others_and_the_event_stay()
    {
        var (block, keys) = HolderBlock.Seal(Place, Holders);
        var before = SHA256.HashData(block);
        HolderBlock.Blank(keys, 7);
        Assert.Null(HolderBlock.Open(Place, block, keys, 7));
        Assert.Equal(Holders[6], HolderBlock.Open(Place, block, keys, 6));
        Assert.Equal(Holders[8], HolderBlock.Open(Place, block, keys, 8));
        Assert.Equal(before, SHA256.HashData(block));
    }

    [Fact]
    public void do_not_open_elsewhere_or_altered()
    {
        var (block, keys) = HolderBlock.Seal(Place, Holders);
        Assert.ThrowsAny<CryptographicException>(() => HolderBlock.Open("card-batch/b/part/2", block, keys, 0));
        block[5] ^= 1;
        Assert.ThrowsAny<CryptographicException>(() => HolderBlock.Open(Place, block, keys, 0));
    }

    [Fact]
    public void keep_all_that_a_card_needs()
    {
        var holder = new PartHolder("510799199001010018", "张测试", "01", "3100510700000001", "MY510703H001", "510703", new(2036, 7, 28), "", "");
        Assert.Equal(holder, PartHolder.Of(holder.ToBytes()));
        Assert.Equal(("张测试", "male", new DateOnly(1990, 1, 1)), (holder.ToHolder().Name, holder.ToHolder().Gender, holder.ToHolder().BirthDate));
        Assert.DoesNotContain("张", $"{holder}", StringComparison.Ordinal);
    }
}
