using System.Globalization;
using System.Runtime.InteropServices;
using Health.Cards;
using Net.Pkcs11Interop.Common;
using Net.Pkcs11Interop.HighLevelAPI;

namespace Health.CardAgent.Sams;

/// <summary>
/// Numbers of the block cipher's mechanisms in a module: derivation by encrypting data, ECB, CBC, and the type of its keys. PKCS#11 2.40 names none for SM4: each vendor has
/// numbers of its own, so they are settings.
/// </summary>
public sealed record Pkcs11Mechanisms(ulong Derive, ulong Ecb, ulong Cbc, ulong KeyType)
{
    /// <summary>AES as in the standard; for trying the module, not for cards of the profile.</summary>
    public static readonly Pkcs11Mechanisms Aes = new((ulong)CKM.CKM_AES_ECB_ENCRYPT_DATA, (ulong)CKM.CKM_AES_ECB, (ulong)CKM.CKM_AES_CBC, (ulong)CKK.CKK_AES);

    /// <summary>Four hexadecimal numbers with commas between; null when it is not that.</summary>
    public static Pkcs11Mechanisms? TryParse(string text)
    {
        ulong[] numbers = [.. text.Split(',').Select(part => ulong.TryParse(part, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var number) ? number : 0)];
        return numbers is [> 0, > 0, > 0, > 0] ? new Pkcs11Mechanisms(numbers[0], numbers[1], numbers[2], numbers[3]) : null;
    }
}

/// <summary>
/// A SAM in a module reached by PKCS#11. Master keys are secret keys named <c>MY-HC/1 UUTT</c> (use and tag in hexadecimal); every key derived from them is made inside the module, is not
/// extractable, and is destroyed with the next derivation.
/// </summary>
public sealed class Pkcs11Sam : ISam, IDisposable
{
    private readonly IPkcs11Library library;
    private readonly Net.Pkcs11Interop.HighLevelAPI.ISession session;
    private readonly Pkcs11Mechanisms mechanisms;
    private readonly SequenceFile sequence;
    private IObjectHandle? working;

    // The package asks for "libdl", whose plain name only development packages bring: the loader of glibc 2.34 and later is in libdl.so.2 or libc itself.
    static Pkcs11Sam() => NativeLibrary.SetDllImportResolver(typeof(Pkcs11InteropFactories).Assembly, static (name, _, _) =>
        name == "libdl" && (NativeLibrary.TryLoad("libdl.so.2", out var loader) || NativeLibrary.TryLoad("libc.so.6", out loader)) ? loader : 0);

    /// <param name="module">The vendor's library.</param>
    /// <param name="token">Label of the token.</param>
    /// <param name="terminalNo">12 digits: a module of this kind has no file 0016.</param>
    public Pkcs11Sam(string module, string token, string pin, string terminalNo, Pkcs11Mechanisms mechanisms, SequenceFile sequence)
    {
        PurseCommands.Terminal(terminalNo);
        (this.mechanisms, this.sequence, TerminalNo) = (mechanisms, sequence, terminalNo);
        var factories = new Pkcs11InteropFactories();
        library = factories.Pkcs11LibraryFactory.LoadPkcs11Library(factories, module, AppType.MultiThreaded);
        try
        {
            var slot = library.GetSlotList(SlotsType.WithTokenPresent).FirstOrDefault(slot => slot.GetTokenInfo().Label == token)
                ?? throw new InvalidDataException($"The module {module} has no token '{token}'.");
            SerialNo = slot.GetTokenInfo().SerialNumber;
            session = slot.OpenSession(SessionType.ReadWrite);
            session.Login(CKU.CKU_USER, pin);
        }
        catch
        {
            library.Dispose();
            throw;
        }
    }

    public string SerialNo { get; }

    public string TerminalNo { get; }

    public void Derive(SamKey key, params ReadOnlySpan<byte[]> factors)
    {
        Forget();
        var derived = Master(key);
        for (var level = 0; level < factors.Length; level++)
        {
            var next = Diversify(derived, factors[level]);
            if (level > 0) session.DestroyObject(derived);
            derived = next;
        }
        working = derived;
    }

    public byte[] Encrypt(ReadOnlySpan<byte> blocks)
    {
        using var mechanism = session.Factories.MechanismFactory.Create(mechanisms.Ecb);
        return session.Encrypt(mechanism, Working, blocks.ToArray());
    }

    public byte[] Mac(ReadOnlySpan<byte> data)
    {
        using var mechanism = session.Factories.MechanismFactory.Create(mechanisms.Cbc, new byte[Sm4.BlockSize]);
        return session.Encrypt(mechanism, Working, Sm4.Pad(data))[^Sm4.BlockSize..];
    }

    public uint NextTermSeq() => sequence.Next();

    public void Dispose()
    {
        session.CloseSession();
        session.Dispose();
        library.Dispose();
    }

    private IObjectHandle Working => working ?? throw new InvalidOperationException("No working key: derive one first.");

    private IObjectHandle Master(SamKey key)
    {
        var attributes = session.Factories.ObjectAttributeFactory;
        var found = session.FindAllObjects([attributes.Create(CKA.CKA_CLASS, CKO.CKO_SECRET_KEY), attributes.Create(CKA.CKA_LABEL, $"MY-HC/1 {key.Use:X2}{key.Tag:X2}")]);
        return found.Count == 1 ? found[0] : throw new SamKeyMissingException(key);
    }

    // Div(K, f): the key whose value is f | ~f enciphered under K (profile §4.2).
    private IObjectHandle Diversify(IObjectHandle key, byte[] factor)
    {
        if (factor.Length != 8) throw new ArgumentException("A diversification factor has 8 bytes.", nameof(factor));
        byte[] block = [.. factor, .. factor.Select(b => (byte)~b)];
        var attributes = session.Factories.ObjectAttributeFactory;
        using var parameters = session.Factories.MechanismParamsFactory.CreateCkKeyDerivationStringData(block);
        using var mechanism = session.Factories.MechanismFactory.Create(mechanisms.Derive, parameters);
        return session.DeriveKey(mechanism, key,
        [
            attributes.Create(CKA.CKA_CLASS, CKO.CKO_SECRET_KEY), attributes.Create(CKA.CKA_KEY_TYPE, mechanisms.KeyType), attributes.Create(CKA.CKA_VALUE_LEN, (ulong)Sm4.BlockSize),
            attributes.Create(CKA.CKA_TOKEN, false), attributes.Create(CKA.CKA_SENSITIVE, true), attributes.Create(CKA.CKA_EXTRACTABLE, false),
            attributes.Create(CKA.CKA_ENCRYPT, true), attributes.Create(CKA.CKA_DERIVE, true),
        ]);
    }

    private void Forget()
    {
        if (working is { } old) session.DestroyObject(old);
        working = null;
    }
}
