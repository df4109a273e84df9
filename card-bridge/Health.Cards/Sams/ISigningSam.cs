namespace Health.Cards;

/// <summary>A module that signs what it writes onto a card (profile §4.6, §4.8). Not every module can: the command is not in the published sources.</summary>
public interface ISigningSam : ISam
{
    /// <summary>The module's certificate, 190 bytes (file 001B family); its inner form is the issuer's. Ours begins with the public key 04|X|Y.</summary>
    ReadOnlyMemory<byte> Certificate { get; }

    /// <summary>SM2 with SM3 over the data, 64 bytes r|s.</summary>
    byte[] Sign(ReadOnlySpan<byte> data);
}
