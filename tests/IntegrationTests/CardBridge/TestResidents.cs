using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Health.Contracts;
using Microsoft.Extensions.DependencyInjection;

namespace Health.IntegrationTests.CardBridge;

/// <summary>Residents of division 510799 with a record at a hospital and a card in their hand.</summary>
internal static class TestResidents
{
    public const string Hospital = "MY510703H001";
    private const int MostTries = 10;
    private static readonly EventHeader Header = new("city", "client:test", PurposeOfUse.TREAT, "test");

    /// <param name="number">Another number, another person.</param>
    /// <returns>Number, name, and what the issuer said of the card.</returns>
    public static async Task<(string IdNumber, string Name, JsonElement Issued)> WithCard(IServiceProvider services, HttpClient issuer, int number, long balanceFen)
    {
        // Three digits of sequence per birthday.
        var idNumber = IdNumber(new DateOnly(1970, 1, 1).AddDays(number), number * 2 % 1000 + 1);
        var name = $"测试{(char)('甲' + number % 1000)}居民";
        var patientId = services.GetRequiredService<IKeyring>().DeriveId("Patient", IdentifierSystems.LocalPatient(Hospital), $"P{number}");
        if (!ResidentIdNumber.TryParse(idNumber, out var parsed)) throw new InvalidOperationException($"{idNumber} is no number.");
        var identified = await services.GetRequiredService<IResidentIndex>().Identify(
            new PatientIdentity(patientId, Hospital, [new(IdentifierSystems.LocalPatient(Hospital), $"P{number}"), new(IdentifierSystems.ResidentId, idNumber)], name, parsed.Gender, parsed.BirthDate), Header, default);
        var json = $$"""{"resourceType":"Patient","id":"{{patientId}}","identifier":[{"system":"{{IdentifierSystems.LocalPatient(Hospital)}}","value":"P{{number}}"}],"name":[{"text":"{{name}}"}]}""";
        var commit = await services.GetRequiredService<IRecordStore>().Commit(
            new RecordBatch($"test|{patientId}", Header, Hospital, identified.ResidentId, [new RecordWrite(WriteKind.Put, "Patient", patientId, Encoding.UTF8.GetBytes(json))]), default);
        if (commit.IsRefused) throw new InvalidOperationException(commit.Refusal!.Diagnostics);
        for (var tries = 1; ; tries++)
        {
            using var answer = await issuer.PostAsJsonAsync("card/cards", new { idNumber, institutionCode = Hospital, purseBalanceFen = balanceFen });
            var text = await answer.Content.ReadAsStringAsync();
            if (answer.IsSuccessStatusCode) return (idNumber, name, JsonDocument.Parse(text).RootElement);
            // An operator that was busy: asked again, the issuer goes on where it stopped.
            if (answer.StatusCode != HttpStatusCode.ServiceUnavailable || tries == MostTries) throw new InvalidOperationException($"No card: {(int)answer.StatusCode} {text}");
        }
    }

    public static string IdNumber(DateOnly birth, int sequence)
    {
        var digits = string.Create(CultureInfo.InvariantCulture, $"{ResidentIdNumber.TestDivision}{birth:yyyyMMdd}{sequence:000}");
        return digits + ResidentIdNumber.CheckCharacter(digits);
    }
}
