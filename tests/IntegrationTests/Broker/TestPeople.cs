using Health.Contracts;

namespace Health.IntegrationTests.Broker;

/// <summary>Persons for tests: numbers of the unassigned division 510799 only.</summary>
internal static class TestPeople
{
    public const string City = "MY510703H001", County = "MY510722H001";

    public static readonly EventHeader Header = new("test", "client:test", PurposeOfUse.TREAT, "test");

    /// <param name="sequence">Three digits; odd is male.</param>
    public static string IdNumber(DateOnly birth, int sequence)
    {
        var digits = $"{ResidentIdNumber.TestDivision}{birth:yyyyMMdd}{sequence:000}";
        return digits + ResidentIdNumber.CheckCharacter(digits);
    }

    public static PatientIdentity Person(string patientId, string? name, string? idNumber, string institution = City) =>
        ResidentIdNumber.TryParse(idNumber, out var number)
            ? new(patientId, institution, [new PersonIdentifier(IdentifierSystems.ResidentId, idNumber!)], name, number.Gender, number.BirthDate)
            : new(patientId, institution, [], name, null, null);
}
