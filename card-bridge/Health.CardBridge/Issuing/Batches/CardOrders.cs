using System.Globalization;
using System.Text;
using nietras.SeparatedValues;

namespace Health.CardBridge.Issuing.Batches;

/// <summary>One line of an order file, as it came. The last four are of cards issued elsewhere.</summary>
public sealed record OrderLine(
    int Line, string IdNumber, string Name, string Sex, string Birth, string Nation, string Division, string Institution, string ChipSerial, string PurseNo, string ValidUntil, string State)
{
    // A record's own text would print the person into logs.
    public override string ToString() => $"line {Line}";
}

/// <summary>Consecutive lines of an order file. Part numbers count from 1.</summary>
public sealed record OrderPart(int Part, int FirstLine, IReadOnlyList<OrderLine> Lines);

/// <summary>The order file is not of the form: nothing was done with it.</summary>
public sealed class OrdersMalformedException(string message) : InvalidOperationException(message);

/// <summary>
/// Reads order files: CSV (RFC 4180) in UTF-8 with a header line, comma or semicolon. Columns by name: <c>id_number, name, sex, birth, nation, division,
/// institution</c>; an import has <c>chip_serial</c> too, and may have <c>purse_no, valid_until, state</c>. Read as a stream, part by part.
/// </summary>
public static class CardOrders
{
    public static readonly IReadOnlyList<string> Columns = ["id_number", "name", "sex", "birth", "nation", "division", "institution"];
    public static readonly IReadOnlyList<string> ImportColumns = [.. Columns, "chip_serial"];
    private static readonly string[] Optional = ["purse_no", "valid_until", "state"];

    /// <summary>A field is shorter than this, or the line is refused as a whole.</summary>
    public const int MaxField = 200;

    /// <exception cref="OrdersMalformedException">A column is missing, or the quotes never end.</exception>
    public static IEnumerable<OrderPart> Read(Stream stream, int partSize, IReadOnlyList<string> needed)
    {
        using var reader = Sep.Reader(options => options with { Unescape = true, DisableColCountCheck = true }).From(stream);
        if (needed.FirstOrDefault(name => !reader.Header.TryIndexOf(name, out _)) is { } missing)
            throw new OrdersMalformedException($"The orders have no column {missing}; needed are {string.Join(",", needed)}.");
        int[] places = [.. Columns.Append("chip_serial").Concat(Optional).Select(name => reader.Header.TryIndexOf(name, out var index) ? index : -1)];
        List<OrderLine> lines = [];
        var part = 1;
        while (Next(reader))
        {
            lines.Add(Line(reader.Current, places));
            if (lines.Count < partSize) continue;
            yield return new OrderPart(part++, lines[0].Line, lines);
            lines = [];
        }
        if (lines.Count > 0) yield return new OrderPart(part, lines[0].Line, lines);
    }

    public static string Header(IReadOnlyList<string> columns) => string.Join(',', columns);

    /// <summary>A line of an order file; names hold no comma and no quote.</summary>
    public static string Line(string idNumber, string name, string sex, DateOnly birth, string nation, string division, string institution) =>
        string.Create(CultureInfo.InvariantCulture, $"{idNumber},{name},{sex},{birth:yyyyMMdd},{nation},{division},{institution}");

    private static bool Next(SepReader reader)
    {
        try
        {
            return reader.MoveNext();
        }
        catch (Exception malformed) when (malformed is InvalidDataException or NotSupportedException or ArgumentException or FormatException)
        {
            throw new OrdersMalformedException($"The orders cannot be read as CSV: {malformed.Message}");
        }
    }

    private static OrderLine Line(SepReader.Row row, int[] places)
    {
        // Refs of a row do not outlive it, so each field is copied here; a field that is missing or too long is empty, and its check says so.
        var fields = new string[places.Length];
        for (var i = 0; i < places.Length; i++)
        {
            var span = places[i] >= 0 && places[i] < row.ColCount ? row[places[i]].Span.Trim() : default;
            fields[i] = span.Length <= MaxField ? span.ToString() : "";
        }
        return new OrderLine(row.LineNumberFrom, fields[0], fields[1], fields[2], fields[3], fields[4], fields[5], fields[6], fields[7], fields[8], fields[9], fields[10]);
    }
}
