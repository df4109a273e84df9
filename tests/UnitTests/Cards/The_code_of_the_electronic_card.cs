using Health.Cards;

namespace Health.UnitTests.Cards;

public sealed class The_code_of_the_electronic_card
{
    private const string CardId = "abcdefghijklmnopqrstuvwxyz";
    private static readonly DateTimeOffset Noon = new(2026, 7, 28, 12, 0, 0, TimeSpan.Zero);
    private static readonly Sm2KeyPair City = Sm2KeyPair.Generate(), Stranger = Sm2KeyPair.Generate();

    [Theory]
    [InlineData(HealthCodeKind.Dynamic)]
    [InlineData(HealthCodeKind.Static)]
    public void goes_through_its_text_and_is_believed_offline(HealthCodeKind kind)
    {
        var text = Code(kind).ToText();
        Assert.InRange(text.Length, 200, HealthCode.MaxTextLength);
        Assert.Matches("^[0-9a-f]{64}:[01]:[A-Za-z0-9_-]+$", text);
        Assert.Equal(kind == HealthCodeKind.Dynamic ? '0' : '1', text[65]);
        var read = HealthCode.TryParse(text, out var error)!;
        Assert.Null(error);
        Assert.Equal((kind, CardId, Noon, 300.0), (read.Kind, read.CardId, read.IssuedAt, read.ValidFor.TotalSeconds));
        Assert.Equal(HealthCodeVerdict.Valid, read.Judge([City.Public], Noon.AddMinutes(5)));
    }

    [Fact]
    public void expires_and_is_not_believed_before_its_time()
    {
        var code = Code();
        Assert.Equal(HealthCodeVerdict.Expired, code.Judge([City.Public], Noon.AddMinutes(5).AddMilliseconds(1)));
        Assert.Equal(HealthCodeVerdict.Valid, code.Judge([City.Public], Noon.AddMinutes(-5)));
        Assert.Equal(HealthCodeVerdict.NotYetValid, code.Judge([City.Public], Noon.AddMinutes(-6)));
    }

    [Fact]
    public void of_a_stranger_is_not_believed()
    {
        Assert.Equal(HealthCodeVerdict.UnknownIssuer, HealthCode.Issue(HealthCodeKind.Dynamic, CardId, Noon, TimeSpan.FromMinutes(5), 1, Stranger).Judge([City.Public], Noon));
        Assert.Equal(HealthCodeVerdict.UnknownIssuer, Code().Judge([], Noon));
    }

    [Fact]
    public void with_any_character_changed_is_refused_or_not_believed()
    {
        var text = Code().ToText();
        for (var i = 0; i < text.Length; i++)
            foreach (var other in "01aA_:".Where(c => c != text[i]))
            {
                var altered = text[..i] + other + text[(i + 1)..];
                // The last character of base64url carries bits nobody reads: the decoder refuses them or the text is the same code.
                Assert.True(HealthCode.TryParse(altered, out var error) is { } read ? read.Judge([City.Public], Noon) != HealthCodeVerdict.Valid : error is not null, $"character {i} as {other}");
            }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("510799199001010018")]
    [InlineData("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef:2:AAAA")]
    [InlineData("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef:0:AAAA")]
    [InlineData("0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef:0:AAAA")]
    public void of_another_form_is_refused_with_the_place(string? text)
    {
        Assert.Null(HealthCode.TryParse(text, out var error));
        Assert.NotEmpty(error!);
    }

    [Fact]
    public void cut_or_lengthened_is_refused()
    {
        var text = Code().ToText();
        for (var length = 0; length < text.Length; length++) Assert.Null(HealthCode.TryParse(text[..length], out _));
        Assert.Null(HealthCode.TryParse(text + new string('A', 400), out _));
    }

    private static HealthCode Code(HealthCodeKind kind = HealthCodeKind.Dynamic) => HealthCode.Issue(kind, CardId, Noon, TimeSpan.FromMinutes(5), 0x0123456789ABCDEF, City);
}
