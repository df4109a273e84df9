using Health.Cards;
using Health.Contracts;

namespace Health.CardBridge;

/// <summary>Keys of the bridge in files outside the database. A missing one is made in Development and stops the work elsewhere.</summary>
public static class Secrets
{
    /// <param name="path">As configured; null for <paramref name="name"/> in the folder <c>keys</c> of the data folder.</param>
    /// <param name="length">Bytes the file must have; null when its form is checked by the caller.</param>
    /// <exception cref="InvalidOperationException">Missing, or not of this length.</exception>
    public static byte[] Read(NodeIdentity node, string? path, string name, Func<byte[]> make, int? length = null)
    {
        var file = path ?? Path.Combine(node.DataFolder, "keys", name);
        if (!File.Exists(file))
        {
            if (!node.IsDevelopment) throw new InvalidOperationException($"The key file {file} is missing.");
            DurableFile.Replace(file, make());
        }
        var bytes = File.ReadAllBytes(file);
        return length is null || bytes.Length == length ? bytes : throw new InvalidOperationException($"The key file {file} must have {length} bytes, not {bytes.Length}.");
    }
}
