using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Health.CardAgent.Platform;

namespace Health.UnitTests.Cards;

public sealed class A_client_assertion
{
    [Fact]
    public void is_signed_with_ES384_and_says_who_to_whom_and_how_long()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        var now = new DateTimeOffset(2026, 7, 28, 2, 15, 0, TimeSpan.Zero);
        var parts = ClientAssertion.Create(Jwk(key, "P-384"), "demo-desk", "http://127.0.0.1:8080/identity/token", "id-1", now).Split('.');
        Assert.True(key.VerifyData(Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), Base64Url.DecodeFromChars(parts[2]), HashAlgorithmName.SHA384, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));
        var header = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[0])).RootElement;
        Assert.Equal(("ES384", "k1"), (header.GetProperty("alg").GetString(), header.GetProperty("kid").GetString()));
        var claims = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[1])).RootElement;
        Assert.Equal("demo-desk", claims.GetProperty("iss").GetString());
        Assert.Equal("demo-desk", claims.GetProperty("sub").GetString());
        Assert.Equal("http://127.0.0.1:8080/identity/token", claims.GetProperty("aud").GetString());
        Assert.InRange(claims.GetProperty("exp").GetInt64() - now.ToUnixTimeSeconds(), 1, 300);
    }

    [Fact]
    public void is_not_made_with_another_kind_of_key()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        Assert.Throws<InvalidDataException>(() => ClientAssertion.Create(Jwk(key, "P-256"), "demo-desk", "x", "id", DateTimeOffset.UnixEpoch));
    }

    private static string Jwk(ECDsa key, string curve)
    {
        var secret = key.ExportParameters(true);
        return JsonSerializer.Serialize(new
        {
            kty = "EC", crv = curve, kid = "k1",
            x = Base64Url.EncodeToString(secret.Q.X), y = Base64Url.EncodeToString(secret.Q.Y), d = Base64Url.EncodeToString(secret.D),
        });
    }
}
