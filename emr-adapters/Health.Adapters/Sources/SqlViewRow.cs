using System.Security.Cryptography;
using System.Text;

namespace Health.Adapters.Sources;

/// <summary>
/// A row of the view as read: values by standard column name, as text; null where the row has none.
/// </summary>
/// <param name="UpdatedAt">UTC.</param>
internal sealed record SqlViewRow(long Key, DateTime UpdatedAt, IReadOnlyDictionary<string, string?> Values)
{
    public string? this[string column] => Values.GetValueOrDefault(column);

    /// <summary>
    /// First 12 hex digits of a hash over time of change and values. The time belongs to it: a row that goes back to an earlier content is
    /// news, while reading the same change twice is not.
    /// </summary>
    public string Hash { get; } = HashOf(UpdatedAt, Values);

    private static string HashOf(DateTime updatedAt, IReadOnlyDictionary<string, string?> values)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(BitConverter.GetBytes(updatedAt.Ticks));
        foreach (var (name, value) in values.OrderBy(entry => entry.Key, StringComparer.Ordinal))
            hash.AppendData(Encoding.UTF8.GetBytes(value is null ? $"{name}\u0001" : $"{name}\u0002{value.Length}\u0002{value}"));
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..12];
    }
}
