using Health.Contracts;
using Microsoft.Extensions.Configuration;

namespace Health.Broker.Keys;

/// <summary>Section <c>Health:Broker</c>: <c>KeyFile</c> (default <c>&lt;DataFolder&gt;/keys/kek.json</c>) and <c>Cipher</c> (<c>AES</c>).</summary>
internal sealed record KeySettings(string KeyFile, bool MayCreate)
{
    /// <exception cref="InvalidOperationException">A setting is missing or wrong.</exception>
    public static KeySettings Read(IConfiguration configuration, NodeIdentity node)
    {
        var section = configuration.GetSection("Health:Broker");
        if (section["Cipher"] is { } cipher && cipher != "AES")
            throw new InvalidOperationException($"Health:Broker:Cipher is '{cipher}'; this version knows AES (AES-256-GCM).");
        var named = section["KeyFile"];
        if (named is null && !node.IsDevelopment)
            throw new InvalidOperationException("Health:Broker:KeyFile is missing: outside Development it must name the existing key file of this node.");
        return new KeySettings(named ?? Path.Combine(node.DataFolder, "keys", "kek.json"), node.IsDevelopment);
    }
}
