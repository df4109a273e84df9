using System.Text;
using System.Xml.Linq;
using Health.Contracts;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;
using Microsoft.Extensions.DependencyInjection;

namespace Health.Identity.Keys;

/// <summary>The keys of sign-in sessions at rest: sealed under the node's own key, so that a copied data folder opens no session.</summary>
internal sealed class SessionKeySealer(IKeyring keyring) : IXmlEncryptor
{
    internal static readonly byte[] Place = Encoding.UTF8.GetBytes("identity.session-key");

    public EncryptedXmlInfo Encrypt(XElement plaintextElement)
    {
        var bytes = keyring.Node.Seal(Encoding.UTF8.GetBytes(plaintextElement.ToString(SaveOptions.DisableFormatting)), Place);
        return new EncryptedXmlInfo(new XElement("sealed", new XAttribute("key", keyring.Node.Id), Convert.ToBase64String(bytes)), typeof(SessionKeyOpener));
    }
}

/// <summary>Opens what <see cref="SessionKeySealer"/> sealed; made by the framework, by its type's name in the file.</summary>
internal sealed class SessionKeyOpener(IServiceProvider services) : IXmlDecryptor
{
    /// <exception cref="System.Security.Cryptography.AuthenticationTagMismatchException">Altered, or sealed by another node.</exception>
    public XElement Decrypt(XElement encryptedElement)
    {
        var node = services.GetRequiredService<IKeyring>().Node;
        return XElement.Parse(Encoding.UTF8.GetString(node.Open(Convert.FromBase64String(encryptedElement.Value), SessionKeySealer.Place)));
    }
}
