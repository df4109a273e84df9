using Health.CardAgent.Desk;
using Health.Cards;

namespace Health.CardAgent.Sams;

/// <summary>Opens the two modules of the desk as the settings say: <c>soft</c> (Development only), <c>pcsc:READER</c>, <c>pkcs11:TOKEN</c>.</summary>
public static class DeskSamFactory
{
    public static DeskSams Open(AgentSettings settings) => new(
        Open(settings, settings.HealthSam, settings.HealthSamPinFile, "health-sam", MasterKeys.TestHealthDesk, "51070000000000000001"),
        Open(settings, settings.PurseSam, settings.PurseSamPinFile, "purse-sam", MasterKeys.TestPurseDesk, "51070000000000000002"));

    /// <summary>Null when the text names a module; otherwise what is wrong with it.</summary>
    public static string? Wrong(string sam, string name) =>
        sam == "soft" || sam.StartsWith("pcsc:", StringComparison.Ordinal) && sam.Length > 5 || sam.StartsWith("pkcs11:", StringComparison.Ordinal) && sam.Length > 7
            ? null : $"Agent:{name} '{sam}' is not soft, pcsc:READER or pkcs11:TOKEN.";

    private static ISam Open(AgentSettings settings, string sam, string pinFile, string name, MasterKeys testKeys, string testSerial)
    {
        var sequence = new SequenceFile(Path.Combine(settings.DataFolder, "sequences", name));
        var at = sam.IndexOf(':', StringComparison.Ordinal);
        return at < 0
            ? new SoftSam(testKeys, testSerial, settings.TerminalNo, sequence, settings.Development || settings.Training)
            : sam[..at] == "pcsc"
                ? new PcscSam(new PcscTransport(sam[(at + 1)..]), Pin(pinFile, name), settings.SamKeyVersion, sequence, settings.Development)
                : new Pkcs11Sam(settings.Pkcs11Library, sam[(at + 1)..], Pin(pinFile, name), settings.TerminalNo, Pkcs11Mechanisms.TryParse(settings.Pkcs11Mechanisms) ?? throw new InvalidDataException("Agent:Pkcs11Mechanisms is not four hexadecimal numbers: derive,ecb,cbc,keytype."), sequence);
    }

    private static string Pin(string file, string name) => File.Exists(file) ? File.ReadAllText(file).Trim() : throw new InvalidDataException($"The file with the PIN of the {name} is missing: set Agent:HealthSamPinFile and Agent:PurseSamPinFile.");
}
