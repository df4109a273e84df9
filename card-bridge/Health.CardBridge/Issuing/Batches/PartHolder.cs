using System.Globalization;
using System.Text;
using Health.Contracts;

namespace Health.CardBridge.Issuing.Batches;

/// <summary>A card as its batch part keeps it: fields in one line, sealed in a <see cref="HolderBlock"/>.</summary>
/// <param name="ValidUntil">The last day there is when the source of an import gives none.</param>
/// <param name="State">Of an imported card: <c>active</c>, <c>lost</c>, <c>locked</c>, <c>cancelled</c>; empty for a card that was made here.</param>
/// <param name="PurseNo">16 digits, or empty.</param>
public sealed record PartHolder(string IdNumber, string Name, string Nation, string ChipSerial, string InstitutionCode, string DivisionCode, DateOnly ValidUntil, string PurseNo, string State)
{
    private const string DayForm = "yyyyMMdd";

    public byte[] ToBytes() => Encoding.UTF8.GetBytes(
        string.Join('\n', IdNumber, Name, Nation, ChipSerial, InstitutionCode, DivisionCode, ValidUntil.ToString(DayForm, CultureInfo.InvariantCulture), PurseNo, State));

    public static PartHolder Of(ReadOnlySpan<byte> bytes)
    {
        var fields = Encoding.UTF8.GetString(bytes).Split('\n');
        return new PartHolder(fields[0], fields[1], fields[2], fields[3], fields[4], fields[5], DateOnly.ParseExact(fields[6], DayForm, CultureInfo.InvariantCulture), fields[7], fields[8]);
    }

    public CardHolder ToHolder() => ResidentIdNumber.TryParse(IdNumber, out var number)
        ? new CardHolder(number.Value, number.Value, Name, number.Gender, number.BirthDate, null)
        : throw new InvalidDataException("A batch part holds a number that is none.");

    // A record's own text would print the person into logs.
    public override string ToString() => nameof(PartHolder);
}
