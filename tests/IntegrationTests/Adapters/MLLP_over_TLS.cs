using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Health.Adapters;
using Health.Adapters.Listening;
using Health.Adapters.Outbound;
using Health.Hl7v2;
using Health.Hl7v2.Mllp;
using Health.IntegrationTests.Platform;
using Microsoft.Extensions.DependencyInjection;

namespace Health.IntegrationTests.Adapters;

public sealed class MLLP_over_TLS(Database database) : IAsyncLifetime
{
    private readonly X509Certificate2 known = Certificate("CN=mych"), stranger = Certificate("CN=stranger");
    private Hospital hospital = null!;
    private string serverHash = "";

    public async ValueTask InitializeAsync()
    {
        hospital = await Hospital.Open(database);
        await hospital.Stop();
        using var server = Certificate("CN=health");
        serverHash = server.GetCertHashString(HashAlgorithmName.SHA256);
        await File.WriteAllTextAsync(Path.Combine(hospital.Folder, "server.pem"), server.ExportCertificatePem());
        await File.WriteAllTextAsync(Path.Combine(hospital.Folder, "server.key"), server.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        var source = $$"""{"id":"mych","institutionCode":"MY510703H001","sendingApplication":"HIS","sendingFacility":"MYCH","clientCertificate":"{{known.GetCertHashString(HashAlgorithmName.SHA256)}}"}""";
        await File.WriteAllTextAsync(Path.Combine(hospital.Folder, "sources", "mych.json"), source);
        hospital.Set("Tls:CertificateFile", Path.Combine(hospital.Folder, "server.pem"));
        hospital.Set("Tls:KeyFile", Path.Combine(hospital.Folder, "server.key"));
        hospital.Set("Tls:Port", "0");
        hospital.Set("MllpR2Port", "0");
        await hospital.Start();
    }

    public async ValueTask DisposeAsync()
    {
        known.Dispose();
        stranger.Dispose();
        await hospital.DisposeAsync();
    }

    [Fact]
    public async Task takes_the_messages_of_the_source_whose_certificate_it_is_and_of_no_other()
    {
        await using var stream = await Connect(known);
        Assert.Equal("AA", Code(await Hospital.Send(stream, Encoding.UTF8.GetBytes(Hospital.Registration("T1")))));
        Assert.Equal("AR", Code(await Hospital.Send(stream, Encoding.UTF8.GetBytes(Hospital.Registration("T2", sender: "CIS|YXWS")))));
    }

    [Fact]
    public async Task closes_on_a_certificate_nobody_registered()
    {
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await using var stream = await Connect(stranger);
            // In TLS 1.3 the client learns of the refusal with its first read.
            if (await Hospital.Send(stream, Encoding.UTF8.GetBytes(Hospital.Registration("T3"))) is null) throw new IOException("closed");
        });
        Assert.Equal(0L, await hospital.Scalar<long>("select count(*) from adapters.inbox"));
    }

    [Fact]
    public async Task is_the_only_way_of_a_source_that_has_a_certificate()
    {
        using var plain = await hospital.Send(Hospital.Registration("T7"));
        Assert.Equal(("AR", "204"), (plain.Get("MSA-1"), plain.Get("ERR-3.1")));
        Assert.Contains("MLLPS", plain.Get("ERR-8"), StringComparison.Ordinal);
        using var line = await Adapters.Line.To(hospital.Host.Services.GetRequiredService<MllpEndpoint>().R2Port);
        await line.Say(Hospital.Registration("T8"));
        Assert.NotNull((await line.HearFrame()).Commit);
        using var second = await line.Hear();
        Assert.Equal("AR", second.Get("MSA-1"));
        Assert.Equal(0L, await hospital.Scalar<long>("select count(*) from adapters.inbox"));
    }

    [Fact]
    public async Task is_offered_at_an_address_of_its_own_and_without_a_plain_door()
    {
        await hospital.Stop();
        hospital.Set("MllpPort", "-1");
        hospital.Set("MllpR2Port", "");
        hospital.Set("Tls:Address", "127.0.0.2");
        await hospital.Start();
        var endpoint = hospital.Host.Services.GetRequiredService<MllpEndpoint>();
        Assert.Equal((0, 0), (endpoint.Port, endpoint.R2Port));
        await using var stream = await Connect(known, "127.0.0.2");
        Assert.Equal("AA", Code(await Hospital.Send(stream, Encoding.UTF8.GetBytes(Hospital.Registration("T9")))));
        await Assert.ThrowsAsync<SocketException>(() => Connect(known));
    }

    /// <summary>The platform as a sender, to another platform's door.</summary>
    [Fact]
    public async Task is_spoken_to_a_destination_whose_certificate_its_profile_names()
    {
        await using var line = Line(serverHash);
        Assert.Equal("AA", (await line.Send(Encoding.UTF8.GetBytes(Hospital.Registration("T4")), default)).Code);
        await using var pretender = Line(new string('0', 64));
        await Assert.ThrowsAsync<MllpException>(() => pretender.Send(Encoding.UTF8.GetBytes(Hospital.Registration("T5")), default));
        // No authority of this machine vouches for it either.
        await using var unpinned = Line(null);
        await Assert.ThrowsAsync<MllpException>(() => unpinned.Send(Encoding.UTF8.GetBytes(Hospital.Registration("T6")), default));
        Assert.Equal(1L, await hospital.Scalar<long>("select count(*) from adapters.inbox"));
    }

    private MllpSender Line(string? pin)
    {
        var destination = new DestinationProfile
        {
            Id = "other", InstitutionCode = "MY510722H001", Address = $"localhost:{hospital.Host.Services.GetRequiredService<MllpEndpoint>().TlsPort}",
            ReceivingApplication = "HIS", ReceivingFacility = "STXY", Events = ["ADT"], Tls = new DestinationTls { ServerCertificate = pin },
        };
        return OutboundSender.Open(destination, new AdapterSettings { Tls = new TlsSettings(known, 0) }, TimeProvider.System);
    }

    private async Task<SslStream> Connect(X509Certificate2 certificate, string address = "127.0.0.1")
    {
        var client = new TcpClient();
        await client.ConnectAsync(address, hospital.Host.Services.GetRequiredService<MllpEndpoint>().TlsPort);
        var stream = new SslStream(client.GetStream());
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "health",
            ClientCertificates = [certificate],
            RemoteCertificateValidationCallback = (_, server, _, _) => server?.Subject == "CN=health",
        });
        return stream;
    }

    private static string? Code(byte[]? ack) => Hl7Message.Read(ack!).Message!.Get("MSA-1");

    private static X509Certificate2 Certificate(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest(name, key, HashAlgorithmName.SHA256).CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null, X509KeyStorageFlags.Exportable);
    }
}
