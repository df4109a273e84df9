using System.Buffers.Binary;
using System.Text;
using Org.BouncyCastle.Asn1.GM;
using Org.BouncyCastle.Asn1.X9;
using Org.BouncyCastle.Crypto.Digests;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;
using Org.BouncyCastle.Math;
using Org.BouncyCastle.Pkcs;
using Org.BouncyCastle.Security;
using Org.BouncyCastle.X509;

namespace Health.Cards;

/// <summary>
/// SM2 signatures with SM3 (GB/T 32918.2) on the recommended curve: 64 bytes r|s, the signer's id is the default 1234567812345678
/// (GB/T 35276). Public keys are 65 bytes 04|X|Y, private keys 32 bytes.
/// </summary>
internal static class Sm2
{
    public const int SignatureSize = 64, PublicKeySize = 65;
    public static readonly ECDomainParameters Curve = Domain();
    private static readonly byte[] SignerId = Encoding.ASCII.GetBytes("1234567812345678");

    public static SM2Signer Signer() => new(PlainDsaEncoding.Instance, new SM3Digest());

    public static ParametersWithID WithId(Org.BouncyCastle.Crypto.ICipherParameters key) => new(key, SignerId);

    private static ECDomainParameters Domain()
    {
        X9ECParameters named = GMNamedCurves.GetByName("sm2p256v1");
        return new ECDomainParameters(named.Curve, named.G, named.N, named.H);
    }
}

/// <summary>A public SM2 key: what a desk holds to believe lists and codes.</summary>
public sealed class Sm2PublicKey
{
    private readonly ECPublicKeyParameters key;

    private Sm2PublicKey(ECPublicKeyParameters key)
    {
        this.key = key;
        Bytes = key.Q.GetEncoded(compressed: false);
        Id = BinaryPrimitives.ReadUInt64BigEndian(Sm3.Hash(Bytes.Span));
    }

    /// <summary>04|X|Y.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>The name a signature carries: first 8 bytes of SM3 over <see cref="Bytes"/>.</summary>
    public ulong Id { get; }

    internal static Sm2PublicKey Of(ECPublicKeyParameters key) => new(key);

    internal ECPublicKeyParameters Point => key;

    /// <summary>From 65 bytes 04|X|Y, or a SubjectPublicKeyInfo in DER; null when it is neither, or no point of the curve.</summary>
    public static Sm2PublicKey? TryParse(ReadOnlySpan<byte> bytes)
    {
        try
        {
            if (bytes.Length == Sm2.PublicKeySize) return new Sm2PublicKey(new ECPublicKeyParameters(Sm2.Curve.Curve.DecodePoint(bytes.ToArray()), Sm2.Curve));
            return PublicKeyFactory.CreateKey(bytes.ToArray()) is ECPublicKeyParameters { Parameters: var curve } key && curve.N.Equals(Sm2.Curve.N)
                ? new Sm2PublicKey(new ECPublicKeyParameters(key.Q, Sm2.Curve)) : null;
        }
        catch (Exception malformed) when (malformed is ArgumentException or FormatException or IOException or InvalidOperationException or InvalidCastException or SecurityUtilityException)
        {
            return null;
        }
    }

    /// <exception cref="FormatException">Not hexadecimal, or no key.</exception>
    public static Sm2PublicKey FromHex(string hex) => TryParse(Convert.FromHexString(hex)) ?? throw new FormatException("This is no public SM2 key (65 bytes 04|X|Y, or DER).");

    public byte[] ToDer() => SubjectPublicKeyInfoFactory.CreateSubjectPublicKeyInfo(new ECPublicKeyParameters("EC", key.Q, GMObjectIdentifiers.sm2p256v1)).GetDerEncoded();

    /// <summary>False for anything but a signature of this key over exactly this message.</summary>
    public bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        if (signature.Length != Sm2.SignatureSize) return false;
        var signer = Sm2.Signer();
        signer.Init(false, Sm2.WithId(key));
        signer.BlockUpdate(message);
        return signer.VerifySignature(signature.ToArray());
    }
}

/// <summary>A private SM2 key with its public half. In production such keys live in an HSM; a key in a file is for Development and for nodes whose operator accepts it.</summary>
public sealed class Sm2KeyPair
{
    private readonly ECPrivateKeyParameters key;

    private Sm2KeyPair(BigInteger d)
    {
        if (d.SignValue <= 0 || d.CompareTo(Sm2.Curve.N.Subtract(BigInteger.One)) >= 0) throw new FormatException("A private SM2 key is a number from 1 to n-2.");
        key = new ECPrivateKeyParameters(d, Sm2.Curve);
        Public = Sm2PublicKey.Of(new ECPublicKeyParameters(Sm2.Curve.G.Multiply(d).Normalize(), Sm2.Curve));
    }

    public Sm2PublicKey Public { get; }

    public static Sm2KeyPair Generate()
    {
        var random = new SecureRandom();
        BigInteger d;
        do d = new BigInteger(Sm2.Curve.N.BitLength, random);
        while (d.SignValue == 0 || d.CompareTo(Sm2.Curve.N.Subtract(BigInteger.One)) >= 0);
        return new Sm2KeyPair(d);
    }

    /// <summary>From the 32 bytes of the number, in hexadecimal.</summary>
    /// <exception cref="FormatException">Not hexadecimal, or out of range.</exception>
    public static Sm2KeyPair FromHex(string hex) => new(new BigInteger(1, Convert.FromHexString(hex)));

    /// <summary>From PKCS#8 in DER.</summary>
    /// <exception cref="FormatException">No SM2 key.</exception>
    public static Sm2KeyPair FromDer(ReadOnlySpan<byte> der)
    {
        try
        {
            return PrivateKeyFactory.CreateKey(der.ToArray()) is ECPrivateKeyParameters { Parameters: var curve } key && curve.N.Equals(Sm2.Curve.N)
                ? new Sm2KeyPair(key.D) : throw new FormatException("The key is not of the SM2 curve.");
        }
        catch (Exception malformed) when (malformed is ArgumentException or FormatException or IOException or InvalidOperationException or InvalidCastException or SecurityUtilityException)
        {
            throw new FormatException("This is no private key in PKCS#8.", malformed);
        }
    }

    public byte[] ToDer() => PrivateKeyInfoFactory.CreatePrivateKeyInfo(new ECPrivateKeyParameters("EC", key.D, GMObjectIdentifiers.sm2p256v1)).GetDerEncoded();

    internal ECPrivateKeyParameters Number => key;

    /// <summary>64 bytes r|s.</summary>
    public byte[] Sign(ReadOnlySpan<byte> message)
    {
        var signer = Sm2.Signer();
        signer.Init(true, Sm2.WithId(new ParametersWithRandom(key, new SecureRandom())));
        signer.BlockUpdate(message);
        return signer.GenerateSignature();
    }

    // Never the number.
    public override string ToString() => $"SM2 key {Public.Id:X16}";
}
