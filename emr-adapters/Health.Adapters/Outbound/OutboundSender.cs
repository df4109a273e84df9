using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Health.Hl7v2.Mllp;

namespace Health.Adapters.Outbound;

/// <summary>Opens the line to a destination: MLLP, or MLLPS with the platform's own certificate where it has one.</summary>
internal static class OutboundSender
{
    public static MllpSender Open(DestinationProfile destination, AdapterSettings settings, TimeProvider time)
    {
        var (host, port) = destination.Endpoint;
        return new MllpSender(host, port, TimeSpan.FromSeconds(destination.AnswerWithinSeconds), time, settings.MaxMessageBytes)
        {
            Commits = destination.MllpRelease == 2,
            Secure = destination.Tls is { } tls ? (stream, ct) => Secure(stream, host, tls, settings.Tls?.Certificate, ct) : null,
        };
    }

    private static async Task<Stream> Secure(Stream plain, string host, DestinationTls tls, X509Certificate2? own, CancellationToken ct)
    {
        var secured = new SslStream(plain);
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = host,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            ClientCertificates = own is null ? null : [own],
        };
        // A certificate that the profile names needs no authority; any other must be vouched for.
        if (tls.ServerCertificate is { } pin)
            options.RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                string.Equals(certificate?.GetCertHashString(HashAlgorithmName.SHA256), pin, StringComparison.OrdinalIgnoreCase);
        try
        {
            await secured.AuthenticateAsClientAsync(options, ct);
            return secured;
        }
        catch (AuthenticationException e)
        {
            await secured.DisposeAsync();
            throw new MllpException("The certificate of the destination is not the one its profile names, or the platform's own is not taken.", e);
        }
    }
}
