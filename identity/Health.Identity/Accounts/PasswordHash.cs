using System.Globalization;
using System.Security.Cryptography;

namespace Health.Identity.Accounts;

/// <summary>
/// Stored passwords: PBKDF2-HMAC-SHA512, 210,000 rounds (OWASP 2023), 16 bytes of salt, written as <c>pbkdf2-sha512$rounds$salt$hash</c>.
/// Rounds may be raised later; old values keep verifying.
/// </summary>
public static class PasswordHash
{
    private const int Rounds = 210_000, SaltLength = 16, HashLength = 32;
    public const int MaxLength = 200;

    public static string Create(string password)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltLength);
        return $"pbkdf2-sha512${Rounds}${Convert.ToBase64String(salt)}${Convert.ToBase64String(Derive(password, salt, Rounds))}";
    }

    public static bool Verify(string password, string stored)
    {
        var parts = stored.Split('$');
        if (parts is not ["pbkdf2-sha512", var rounds, var salt, var hash]) throw new FormatException("A stored password is not in the form pbkdf2-sha512$rounds$salt$hash.");
        var derived = Derive(password, Convert.FromBase64String(salt), int.Parse(rounds, CultureInfo.InvariantCulture));
        return CryptographicOperations.FixedTimeEquals(derived, Convert.FromBase64String(hash));
    }

    private static byte[] Derive(string password, byte[] salt, int rounds) =>
        Rfc2898DeriveBytes.Pbkdf2(password, salt, rounds, HashAlgorithmName.SHA512, HashLength);
}
