using System.Globalization;
using Health.Cards;
using Health.Contracts;

namespace Health.CardBridge.Issuing.Batches;

/// <summary>An order that may be carried out. <paramref name="Person"/> and <paramref name="Holder"/> are blinds.</summary>
public sealed record AcceptedOrder(OrderLine Order, string CardId, ResidentIdNumber Number, Guid Person, Guid Holder);

/// <param name="Class">Why, in one word: <c>malformed</c>, <c>duplicate</c>, <c>exists</c>, <c>other-chip</c>, <c>other-holder</c>.</param>
/// <param name="Reason">Names no person: the line says who it is.</param>
public sealed record RejectedLine(int Line, string Class, string Reason);

/// <summary>Judges the form of order lines; the same rules as for a single order (<see cref="CardIssuer"/>).</summary>
public sealed class OrderCheck(CardLog cards, IResidentIndex residents, IKeyring keys, IReadOnlyDictionary<string, Institution> institutions, bool development)
{
    private static readonly string[] States = ["", "active", "lost", "locked", "cancelled"];
    private static readonly CardItem Name = CardFiles.Holder.Item(11);

    /// <summary>The order, or what is wrong with it.</summary>
    public (AcceptedOrder? Order, RejectedLine? Rejected) Judge(OrderLine line, bool imported)
    {
        (AcceptedOrder?, RejectedLine?) Wrong(string reason) => (null, new RejectedLine(line.Line, "malformed", reason));
        if (!ResidentIdNumber.TryParse(line.IdNumber, out var number)) return Wrong("id_number: no valid resident ID number");
        if (number.IsTestIdentity != development) return Wrong(development ? "id_number: only test identities (division 510799) here" : "id_number: a test identity gets no card");
        if (line.Name.Length == 0 || line.Name.Any(char.IsControl) || !Fits(line.Name)) return Wrong("name: 1 to 30 bytes in GB 18030");
        if (SexOf(line.Sex) != number.Gender) return Wrong("sex: 1 or 2 (男, 女), as the number says");
        if (line.Birth.Length > 0 && DayOf(line.Birth) != number.BirthDate) return Wrong("birth: yyyyMMdd, as the number says");
        if (line.Nation is not { Length: 2 } || !line.Nation.All(char.IsAsciiDigit)) return Wrong("nation: two digits of GB/T 3304");
        if (line.Division is not { Length: 6 } || !line.Division.All(char.IsAsciiDigit)) return Wrong("division: six digits");
        if (!institutions.ContainsKey(line.Institution)) return Wrong("institution: not in the register");
        if (imported && WrongImport(line) is { } wrong) return Wrong(wrong);
        var person = residents.BlindOf(new PersonIdentifier(IdentifierSystems.ResidentId, number.Value)) ?? throw new InvalidOperationException("A valid number has no blind.");
        return (new AcceptedOrder(line, cards.IdOf(number.Value), number, person, HolderBlind(keys, line.Name)), null);
    }

    public static Guid HolderBlind(IKeyring keys, string name) => keys.Blind("card-holder-name", name);

    public static DateOnly? DayOf(string text) =>
        DateOnly.TryParseExact(text, ["yyyyMMdd", "yyyy-MM-dd"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : null;

    private static string? WrongImport(OrderLine line)
    {
        if (line.ChipSerial is not { Length: 16 } || !line.ChipSerial.All(c => char.IsAsciiHexDigitUpper(c))) return "chip_serial: 16 hexadecimal digits in upper case";
        if (line.PurseNo.Length > 0 && (line.PurseNo.Length != 16 || !line.PurseNo.All(char.IsAsciiDigit))) return "purse_no: 16 digits or empty";
        if (line.ValidUntil.Length > 0 && DayOf(line.ValidUntil) is null) return "valid_until: yyyyMMdd or empty";
        return States.Contains(line.State) ? null : $"state: one of {string.Join(", ", States.Skip(1))}, or empty";
    }

    private static bool Fits(string name)
    {
        try
        {
            return Name.Encode(name).Length == Name.Length;
        }
        catch (ArgumentException)
        {
            // Too long, or a character the card cannot carry (EncoderFallbackException is one too).
            return false;
        }
    }

    private static string? SexOf(string sex) => sex switch { "1" or "男" or "male" => "male", "2" or "女" or "female" => "female", _ => null };
}
