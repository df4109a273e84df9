using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Configuration;

namespace Health.Adapters;

/// <summary>MLLPS, section <c>Health:Adapters:Tls</c>: the server's certificate with its key; clients are known by the certificate named in their source profile.</summary>
public sealed record TlsSettings(X509Certificate2 Certificate, int Port)
{
    private const int StandardPort = 2576;

    /// <summary>Where MLLPS listens; null: where MLLP does.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>Null when <c>CertificateFile</c> is not set.</summary>
    /// <exception cref="InvalidOperationException">The certificate or its key cannot be read.</exception>
    internal static TlsSettings? Read(IConfigurationSection section)
    {
        if (section["CertificateFile"] is not { Length: > 0 } file) return null;
        try
        {
            using var certificate = X509Certificate2.CreateFromPemFile(file, section["KeyFile"]);
            // Through PKCS#12, because a key that exists only in memory cannot be used by every TLS implementation.
            var usable = X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
            return new TlsSettings(usable, AdapterSettings.Number(section, "Port", StandardPort, 0, 65535)) { Address = AdapterSettings.Address(section, "Address") };
        }
        catch (Exception e) when (e is IOException or CryptographicException or UnauthorizedAccessException)
        {
            throw new InvalidOperationException($"Health:Adapters:Tls: {file} (with KeyFile) must be a PEM certificate and its private key: {e.Message}", e);
        }
    }
}
