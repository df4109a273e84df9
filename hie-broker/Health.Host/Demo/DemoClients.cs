using System.Security.Cryptography;
using Health.Identity.Clients;

namespace Health.Host.Demo;

/// <summary>OAuth clients of the demo city (keys made on first start) and the console user's password.</summary>
public static class DemoClients
{
    public const string ConsoleUser = "commission";
    private const string PasswordLetters = "abcdefghjkmnpqrstuvwxyz23456789";

    private static readonly string[] Everything = ["system/*.cruds"];
    private static readonly string[] DeskScopes = ["system/Patient.rs", "system/Encounter.rs", "system/Coverage.rs", "system/Claim.rs", "system/ClaimResponse.rs"];

    public static void Write(string folder)
    {
        ClientKeys.Create(folder, "demo-hospital", DemoInstitutions.CentralHospital.Code, ["clinician"], Everything);
        ClientKeys.Create(folder, "demo-county", DemoInstitutions.CountyHospital.Code, ["clinician"], Everything);
        ClientKeys.Create(folder, "demo-centre", DemoInstitutions.HealthCentre.Code, ["clinician"], Everything);
        ClientKeys.Create(folder, "demo-open", DemoInstitutions.OpenTestSource.Code, ["clinician"], Everything);
        ClientKeys.Create(folder, "demo-desk", DemoInstitutions.HealthCentre.Code, ["desk"], DeskScopes);
        ClientKeys.Create(folder, "demo-operator", null, ["operator"], Everything);
        ClientKeys.Create(folder, "demo-commission", null, ["commission"], ["system/Organization.rs", "system/Location.rs"]);
    }

    /// <summary>The console user's password: made once, kept beside the keys.</summary>
    public static string Password(string dataFolder)
    {
        var file = Path.Combine(dataFolder, "clients", "console-password");
        if (File.Exists(file)) return File.ReadAllText(file).Trim();
        var password = RandomNumberGenerator.GetString(PasswordLetters, 14);
        File.WriteAllText(file, password);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return password;
    }
}
