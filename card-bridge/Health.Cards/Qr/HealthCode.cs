using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Text;

namespace Health.Cards;

public enum HealthCodeKind
{
    /// <summary>Shown on a screen, short-lived, good for one reading.</summary>
    Dynamic = 0,

    /// <summary>Printed; says who, and pays nothing.</summary>
    Static = 1,
}

public enum HealthCodeVerdict
{
    Valid,
    UnknownIssuer,
    SignatureWrong,
    Expired,
    /// <summary>Issued later than now by more than the clock tolerance.</summary>
    NotYetValid,
}

/// <summary>
/// The electronic health card as text for a QR code: <c>64 hexadecimal digits : 0 or 1 : base64url</c>. The digits are the electronic card number (SM3 over a tag and the
/// card's id, which is a keyed derivation: the number says nothing about a person); 0 dynamic, 1 static [form: card domain §1.5]. The last part is ours, big-endian: format 01, id of
/// the key 8, time of issue 8 (Unix milliseconds), valid for 4 (seconds), nonce 8, id of the card 26 ASCII, SM2 signature 64 over tag, kind, number and all
/// that stands before it. A desk that holds the city's key verifies it without a network; that it was not read before, only the platform knows.
/// </summary>
public sealed record HealthCode(HealthCodeKind Kind, string CardId, DateTimeOffset IssuedAt, TimeSpan ValidFor, ulong Nonce, ulong KeyId, ReadOnlyMemory<byte> Signature)
{
    public const int CardIdLength = 26, MaxTextLength = 300;
    private const int BodySize = 1 + 8 + 8 + 4 + 8 + CardIdLength;
    private const byte Format = 1;
    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    private static ReadOnlySpan<byte> Tag => "MY-HC/1 code"u8;

    /// <summary>The electronic card number, 64 hexadecimal digits.</summary>
    public string CardNumber => NumberOf(CardId);

    public DateTimeOffset ExpiresAt => IssuedAt + ValidFor;

    public static string NumberOf(string cardId) => Convert.ToHexStringLower(Sm3.Hash(Encoding.ASCII.GetBytes($"MY-HC/1 electronic card {cardId}")));

    /// <param name="cardId">26 ASCII characters.</param>
    /// <param name="nonce">Random; what makes a dynamic code good for one reading.</param>
    public static HealthCode Issue(HealthCodeKind kind, string cardId, DateTimeOffset issuedAt, TimeSpan validFor, ulong nonce, Sm2KeyPair key)
    {
        if (cardId.Length != CardIdLength || !Ascii.IsValid(cardId)) throw new ArgumentException($"A card id has {CardIdLength} ASCII characters.", nameof(cardId));
        var at = DateTimeOffset.FromUnixTimeMilliseconds(issuedAt.ToUnixTimeMilliseconds());
        var unsigned = new HealthCode(kind, cardId, at, TimeSpan.FromSeconds(Math.Floor(validFor.TotalSeconds)), nonce, key.Public.Id, default);
        return unsigned with { Signature = key.Sign(unsigned.Signed()) };
    }

    public string ToText() => $"{CardNumber}:{(int)Kind}:{Base64Url.EncodeToString([.. Body(), .. Signature.Span])}";

    /// <summary>Null with what is wrong and where (in characters). What was read is not yet believed: <see cref="Judge"/>.</summary>
    public static HealthCode? TryParse(string? text, out string? error)
    {
        HealthCode? Wrong(string what, out string? error)
        {
            error = what;
            return null;
        }
        if (text is null || text.Length is < 67 or > MaxTextLength) return Wrong($"a code has 67 to {MaxTextLength} characters", out error);
        if (text[64] != ':' || text.AsSpan(0, 64).ContainsAnyExcept(HexDigits)) return Wrong("character 1: 64 hexadecimal digits and a colon expected", out error);
        if (text[65] is not ('0' or '1') || text[66] != ':') return Wrong("character 66: 0 or 1 and a colon expected", out error);
        var bytes = new byte[BodySize + Sm2.SignatureSize];
        if (!Base64Url.IsValid(text.AsSpan(67), out var size) || size != bytes.Length) return Wrong($"character 68: base64url of {bytes.Length} bytes expected", out error);
        Base64Url.DecodeFromChars(text.AsSpan(67), bytes);
        if (bytes[0] != Format) return Wrong("character 68: format 1 expected", out error);
        var milliseconds = BinaryPrimitives.ReadInt64BigEndian(bytes.AsSpan(9));
        if (milliseconds is < 946_684_800_000 or >= 7_258_118_400_000) return Wrong("character 68: the time of issue is none between 2000 and 2200", out error);
        var cardId = Encoding.ASCII.GetString(bytes.AsSpan(29, CardIdLength));
        if (NumberOf(cardId) != text[..64]) return Wrong("character 1: the number is not the card's", out error);
        error = null;
        return new HealthCode(
            (HealthCodeKind)(text[65] - '0'), cardId, DateTimeOffset.FromUnixTimeMilliseconds(milliseconds), TimeSpan.FromSeconds(BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(17))),
            BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan(21)), BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan(1)), bytes.AsMemory(BodySize));
    }

    /// <summary>Offline: by the keys a desk holds (the city's; its county's, from the delegation of a list it believes) and its clock.</summary>
    public HealthCodeVerdict Judge(IReadOnlyCollection<Sm2PublicKey> trusted, DateTimeOffset now)
    {
        if (trusted.FirstOrDefault(key => key.Id == KeyId) is not { } issuer) return HealthCodeVerdict.UnknownIssuer;
        if (!issuer.Verify(Signed(), Signature.Span)) return HealthCodeVerdict.SignatureWrong;
        if (IssuedAt - now > BlacklistDocument.ClockTolerance) return HealthCodeVerdict.NotYetValid;
        return now > ExpiresAt ? HealthCodeVerdict.Expired : HealthCodeVerdict.Valid;
    }

    private byte[] Signed() => [.. Tag, (byte)Kind, .. Convert.FromHexString(CardNumber), .. Body()];

    private byte[] Body()
    {
        var body = new byte[BodySize];
        body[0] = Format;
        BinaryPrimitives.WriteUInt64BigEndian(body.AsSpan(1), KeyId);
        BinaryPrimitives.WriteInt64BigEndian(body.AsSpan(9), IssuedAt.ToUnixTimeMilliseconds());
        BinaryPrimitives.WriteUInt32BigEndian(body.AsSpan(17), checked((uint)ValidFor.TotalSeconds));
        BinaryPrimitives.WriteUInt64BigEndian(body.AsSpan(21), Nonce);
        Encoding.ASCII.GetBytes(CardId, body.AsSpan(29));
        return body;
    }
}
