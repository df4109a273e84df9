using Health.Cards;

namespace Health.UnitTests.Cards;

/// <summary>GB/T 32918.5 appendix A.2: recommended curve, message "message digest", signer 1234567812345678.</summary>
public sealed class SM2_signatures
{
    private const string Private = "3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8";
    private const string Public = "0409F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13";
    private static readonly byte[] Published = Convert.FromHexString(
        "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA");

    private static ReadOnlySpan<byte> Message => "message digest"u8;

    [Fact]
    public void the_published_signature_holds_and_no_altered_one_does()
    {
        var key = Sm2PublicKey.FromHex(Public);
        Assert.True(key.Verify(Message, Published));
        Assert.False(key.Verify("message digesu"u8, Published));
        Assert.False(key.Verify(Message, Published.AsSpan(0, 63)));
        Assert.False(key.Verify(Message, new byte[64]));
        for (var i = 0; i < Published.Length; i++)
        {
            var altered = (byte[])Published.Clone();
            altered[i] ^= 1;
            Assert.False(key.Verify(Message, altered));
        }
    }

    [Fact]
    public void the_public_key_follows_from_the_private_one() => Assert.Equal(Public, Convert.ToHexString(Sm2KeyPair.FromHex(Private).Public.Bytes.Span));

    [Fact]
    public void what_a_key_signs_holds_under_that_key_alone()
    {
        var (ours, other) = (Sm2KeyPair.Generate(), Sm2KeyPair.Generate());
        var signature = ours.Sign(Message);
        Assert.Equal(64, signature.Length);
        Assert.True(ours.Public.Verify(Message, signature));
        Assert.False(other.Public.Verify(Message, signature));
        Assert.NotEqual(ours.Public.Id, other.Public.Id);
    }

    [Fact]
    public void keys_go_through_DER()
    {
        var key = Sm2KeyPair.FromHex(Private);
        Assert.Equal(Public, Convert.ToHexString(Sm2KeyPair.FromDer(key.ToDer()).Public.Bytes.Span));
        Assert.Equal(Public, Convert.ToHexString(Sm2PublicKey.TryParse(key.Public.ToDer())!.Bytes.Span));
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("3003020101")]
    [InlineData("04FF")]
    public void other_bytes_are_no_key(string hex)
    {
        Assert.Null(Sm2PublicKey.TryParse(Convert.FromHexString(hex)));
        Assert.Throws<FormatException>(() => Sm2KeyPair.FromDer(Convert.FromHexString(hex)));
    }

    [Fact]
    public void a_point_beside_the_curve_is_no_key()
    {
        var bytes = Convert.FromHexString(Public);
        bytes[^1] ^= 1;
        Assert.Null(Sm2PublicKey.TryParse(bytes));
    }

    [Theory]
    [InlineData("00")]
    [InlineData("FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123")]
    public void a_number_out_of_range_is_no_private_key(string hex) => Assert.Throws<FormatException>(() => Sm2KeyPair.FromHex(hex));

    [Fact]
    public void a_private_key_is_never_printed() => Assert.DoesNotContain(Private, $"{Sm2KeyPair.FromHex(Private)}", StringComparison.OrdinalIgnoreCase);

    [Fact]
    public void SM3_agrees_with_GB_T_32905() =>
        Assert.Equal("66C7F0F462EEEDD9D1F2D46BDC10E4E24167C4875CF2F7A2297DA02B8F4BA8E0", Sm3.Hex("abc"u8));
}
