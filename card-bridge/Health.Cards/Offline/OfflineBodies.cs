using System.Text.Json;

namespace Health.Cards;

/// <summary>Body of <see cref="OfflineKinds.Registered"/>. <paramref name="Person"/>: <see cref="OfflinePerson"/> sealed for the platform (base64).</summary>
/// <param name="VisitNumber">From the desk's block of local numbers.</param>
public sealed record OfflineRegistration(string VisitNumber, string DepartmentCode, string ChipSerial, string Person);

/// <summary>Who the chip says its holder is. Only ever stored sealed. Sex: FHIR word.</summary>
public sealed record OfflinePerson(string CardNo, string Name, string IdNumber, string Sex, DateOnly BirthDate)
{
    public override string ToString() => "OfflinePerson";
}

/// <summary>
/// Body of <see cref="OfflineKinds.Intended"/>: the debit as it will be sent, and the bill it pays in full. <paramref name="Lines"/>: the fee lines (JSON) sealed for the
/// platform (base64).
/// </summary>
public sealed record OfflineDebit(PurseIntent Intent, long TotalFen, string Lines);

/// <summary>Body of <see cref="OfflineKinds.Decided"/>. Outcome as the desk reports it online: <c>debited</c>, <c>refused</c>, <c>unknown</c>, <c>proved-charged</c>, <c>proved-not-charged</c>.</summary>
public sealed record OfflineOutcome(ushort CardSeq, uint TermSeq, string Outcome, string? Tac, string? Mac2, string? Sw);

/// <summary>Bodies as JSON text, the same in agent and bridge.</summary>
public static class OfflineJson
{
    /// <summary>A line's body, fee lines included: 200 lines fit.</summary>
    public const int MostCharacters = 100_000;

    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web);

    public static string Write<T>(T body) => JsonSerializer.Serialize(body, Web);

    public static byte[] Bytes<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, Web);

    /// <summary>Null when the text is no such body.</summary>
    public static T? TryRead<T>(string body) where T : class => TryRead<T>(System.Text.Encoding.UTF8.GetBytes(body));

    public static T? TryRead<T>(ReadOnlySpan<byte> body) where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(body, Web);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
