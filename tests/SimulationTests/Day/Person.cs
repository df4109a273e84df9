namespace Health.SimulationTests.Day;

/// <summary>The resident of the day. Test identities: division 510799, valid check digits.</summary>
public sealed record Person(string Name, string IdNumber, string Sex, string Birth)
{
    /// <summary>A name whose GB 18030 bytes contain the byte of the field separator.</summary>
    public static readonly Person Resident = new("李珅", "510799199001010018", "male", "19900101");

    /// <summary>Same name, sex and birth date, another number: another person.</summary>
    public static readonly Person Namesake = new("李珅", "510799199001010034", "male", "19900101");

    /// <summary>Logical id of the resident's Patient at the municipal hospital; set by the first step.</summary>
    public string PatientId { get; init; } = "";

    public object At(string localId) => new { localId, name = Name, idNumber = IdNumber, sex = Sex, birth = Birth };
}
