using System.Diagnostics;
using System.Security.Cryptography;
using Health.CardAgent.Sams;
using Health.Cards;
using Net.Pkcs11Interop.Common;
using Net.Pkcs11Interop.HighLevelAPI;

namespace Health.UnitTests.Cards;

/// <summary>Against SoftHSM (apt-get install softhsm2), which has AES and no SM4: derivation, cipher and MAC are compared with AES of .NET.</summary>
public sealed class A_SAM_behind_PKCS11 : IDisposable
{
    private const string Module = "/usr/lib/softhsm/libsofthsm2.so", Pin = "24680135";
    private static readonly byte[] Master = Convert.FromHexString("0123456789ABCDEFFEDCBA9876543210");
    private static readonly byte[] City = CardCrypto.CityFactor("510700"), Card = Convert.FromHexString("3100000012345678"), Challenge = Convert.FromHexString("1122334455667788");

    private readonly string folder = Directory.CreateTempSubdirectory("health-hsm-").FullName;
    private readonly string token;

    public A_SAM_behind_PKCS11()
    {
        Assert.SkipUnless(File.Exists(Module), "SoftHSM is not installed (apt-get install softhsm2)");
        token = $"health-{Guid.NewGuid():N}"[..20];
        Run("softhsm2-util", "--init-token", "--free", "--label", token, "--pin", Pin, "--so-pin", "97531086");
    }

    [Fact]
    public void derives_enciphers_and_authenticates_inside_the_module()
    {
        Import(new SamKey(0x47, 0x11), extractable: false);
        using var sam = Open();
        sam.Derive(new SamKey(0x47, 0x11), City, Card, Challenge);
        var session = Div(Div(Div(Master, City), Card), Challenge);
        Assert.Equal(Aes(session, new byte[32]), sam.Encrypt(new byte[32]));
        foreach (var length in (int[])[0, 5, 16, 37]) Assert.Equal(Mac(session, new byte[length]), sam.Mac(new byte[length]));
        sam.Derive(new SamKey(0x47, 0x11), Card, Challenge);
        Assert.Equal(Aes(Div(Div(Master, Card), Challenge), new byte[16]), sam.Encrypt(new byte[16]));
    }

    [Fact]
    public void says_which_key_it_does_not_hold_and_refuses_a_wrong_PIN()
    {
        using (var sam = Open()) Assert.Throws<SamKeyMissingException>(() => sam.Derive(new SamKey(0x47, 0x12), City, Card, Challenge));
        Assert.Throws<Pkcs11Exception>(() => new Pkcs11Sam(Module, token, "00000000", "510700000001", Pkcs11Mechanisms.Aes, Sequence()));
        Assert.Throws<InvalidDataException>(() => new Pkcs11Sam(Module, "no such token", Pin, "510700000001", Pkcs11Mechanisms.Aes, Sequence()));
    }

    [Theory]
    [InlineData("1104,1081,1082,1F", true)]
    [InlineData("80000101,80000102,80000103,80000104", true)]
    [InlineData("1104,1081,1082", false)]
    [InlineData("x,1081,1082,1F", false)]
    [InlineData("", false)]
    public void takes_the_vendors_numbers_from_the_settings(string text, bool good) => Assert.Equal(good, Pkcs11Mechanisms.TryParse(text) is not null);

    public void Dispose()
    {
        if (File.Exists(Module)) Run("softhsm2-util", "--delete-token", "--token", token);
        Directory.Delete(folder, recursive: true);
    }

    private Pkcs11Sam Open() => new(Module, token, Pin, "510700000001", Pkcs11Mechanisms.Aes, Sequence());

    private SequenceFile Sequence() => new(Path.Combine(folder, "term-seq"));

    private void Import(SamKey key, bool extractable)
    {
        // The resolver of the package's library comes with the SAM's type.
        System.Runtime.CompilerServices.RuntimeHelpers.RunClassConstructor(typeof(Pkcs11Sam).TypeHandle);
        var factories = new Pkcs11InteropFactories();
        using var library = factories.Pkcs11LibraryFactory.LoadPkcs11Library(factories, Module, AppType.MultiThreaded);
        using var session = library.GetSlotList(SlotsType.WithTokenPresent).First(slot => slot.GetTokenInfo().Label == token).OpenSession(SessionType.ReadWrite);
        session.Login(CKU.CKU_USER, Pin);
        var attributes = factories.ObjectAttributeFactory;
        session.CreateObject(
        [
            attributes.Create(CKA.CKA_CLASS, CKO.CKO_SECRET_KEY), attributes.Create(CKA.CKA_KEY_TYPE, CKK.CKK_AES), attributes.Create(CKA.CKA_TOKEN, true), attributes.Create(CKA.CKA_SENSITIVE, true),
            attributes.Create(CKA.CKA_EXTRACTABLE, extractable), attributes.Create(CKA.CKA_DERIVE, true), attributes.Create(CKA.CKA_LABEL, $"MY-HC/1 {key.Use:X2}{key.Tag:X2}"), attributes.Create(CKA.CKA_VALUE, Master),
        ]);
        session.CloseSession();
    }

    private static byte[] Div(byte[] key, byte[] factor) => Aes(key, [.. factor, .. factor.Select(b => (byte)~b)]);

    private static byte[] Aes(byte[] key, byte[] blocks)
    {
        using var aes = System.Security.Cryptography.Aes.Create();
        aes.Key = key;
        return aes.EncryptEcb(blocks, PaddingMode.None);
    }

    private static byte[] Mac(byte[] key, byte[] data)
    {
        using var aes = System.Security.Cryptography.Aes.Create();
        aes.Key = key;
        byte[] padded = [.. data, 0x80, .. new byte[15 - data.Length % 16]];
        return aes.EncryptCbc(padded, new byte[16], PaddingMode.None)[^16..];
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEnd() + process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, output);
    }
}
