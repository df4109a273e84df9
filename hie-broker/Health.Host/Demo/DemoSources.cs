using System.Text.Encodings.Web;
using System.Text.Json;
using Health.Adapters.Sources;

namespace Health.Host.Demo;

/// <summary>HL7 source profiles of the demo city, written as the JSON files an operator would write.</summary>
public static class DemoSources
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(string folder, string hisDatabase)
    {
        Directory.CreateDirectory(folder);
        foreach (var profile in Profiles(hisDatabase))
        {
            // Written anew at every start: the private database may listen on another port now. It holds a password: for this account alone.
            var file = Path.Combine(folder, profile.Id + ".json");
            File.WriteAllText(file, JsonSerializer.Serialize(profile, Json));
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    private static IEnumerable<SourceProfile> Profiles(string hisDatabase)
    {
        yield return new SourceProfile { Id = "mych", InstitutionCode = DemoInstitutions.CentralHospital.Code, SendingApplication = "HIS", SendingFacility = "MYCH", Charset = "UNICODE UTF-8" };
        yield return new SourceProfile { Id = "yxws", InstitutionCode = DemoInstitutions.HealthCentre.Code, SendingApplication = "CIS", SendingFacility = "YXWS", Charset = "GB 18030-2000" };
        yield return new SourceProfile { Id = "any-sender", InstitutionCode = DemoInstitutions.OpenTestSource.Code, AcceptsUnknownSenders = true };
        yield return new SourceProfile
        {
            Id = "stxy",
            InstitutionCode = DemoInstitutions.CountyHospital.Code,
            SendingApplication = "HIS",
            SendingFacility = "STXY",
            Door = "sql-view",
            // The demo's hospital commits at once, so its poller may stay close behind the clock.
            SqlView = new SqlViewSettings { ConnectionString = hisDatabase, View = "his.v_admission", IntervalSeconds = 1, SafetyLagSeconds = 1 },
        };
    }
}
