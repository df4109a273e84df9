using System.Globalization;

namespace Health.IntegrationTests.Search.Model;

/// <summary>The few values everything is made of, so that queries meet resources: ends of ranges, look-alikes, letters that need care.</summary>
public static class Pools
{
    public const string Ucum = "http://unitsofmeasure.org";

    public static readonly ModelValue.Text[] Texts =
    [
        new("Müller", "muller"), new("MÜLLER", "muller"), new("Muller", "muller"), new("Mueller", "mueller"), new("Mül", "mul"), new("Zoë", "zoe"), new("Łódź", "lodz"),
        new("ＡＢＣ", "abc"), new("abcd", "abcd"), new("100%", "100%"), new("1000", "1000"), new("a_b", "a_b"), new("axb", "axb"), new("back\\slash", "back\\slash"),
        new("semi, colon", "semi, colon"), new("pipe|dollar$", "pipe|dollar$"), new("O'Brien", "o'brien"), new("double  blank", "double blank"),
    ];

    public static readonly ModelValue.Text[] Chinese = [new("李", "李"), new("李明", "李明"), new("欧阳", "欧阳"), new("小明", "小明"), new("欧", "欧"), new("㐂", "㐂"), new("𠮷", "𠮷")];

    public static readonly string?[] Systems = [null, "urn:a", "urn:b"];

    public static readonly string[] Codes = ["X-1", "x-1", "X-2", "a,b", "p|q", "d$e", "back\\slash", "8480-6"];

    /// <summary>Where a stored code has to be a code: no blanks, no case folding expected of anyone.</summary>
    public static readonly (string System, string Code)[] Clinical = [("http://loinc.org", "8480-6"), ("http://loinc.org", "8462-4"), ("urn:lab", "8480-6"), ("urn:lab", "K"), ("urn:lab", "Na")];

    public static readonly string[] Decimals = ["5.4", "5.40", "5.35", "5.45", "5.349", "100", "99.5", "100.5", "0.45", "0.00045", "450", "0.000450", "-3", "-2.5", "0", "1e2", "3", "0.3"];

    public static readonly string[] SearchedDecimals = ["5.4", "5.40", "5.35", "5", "100", "1e2", "100.00", "0.45", "0.00045", "450", "-3", "0", "0.3", "4.5e-1", "3"];

    public static readonly (string? System, string? Code, string? Unit)[] Units =
        [(Ucum, "mg", "mg"), (Ucum, "g", "g"), (Ucum, "ug", null), ("urn:x", "mg", null), (null, null, "片"), (null, null, null), (Ucum, "mm[Hg]", null), (Ucum, "kPa", null)];

    /// <summary>Days as a birth date may have them.</summary>
    public static readonly string[] Days = ["1949", "1949-10", "1949-10-01", "2024", "2024-02", "2024-02-28", "2024-02-29", "2024-03-01", "2023-12-31", "2024-01-01"];

    public static readonly string[] Instants =
    [
        "2024-02-28T23:59:59+08:00", "2024-02-29T00:00:00+08:00", "2024-02-28T16:00:00Z", "2024-02-28T16:00:00.000Z", "2024-02-28T16:00:00.500Z", "2024-02-28T11:00:00-05:00",
        "2024-02-29T07:59:59.999+08:00", "2024-02-29T08:00:00+08:00", "2023-12-31T16:00:00Z", "2023-12-31T23:59:59Z", "2024-03-01T05:30:00+05:30",
    ];

    /// <summary>Only a search may leave out the seconds or the zone.</summary>
    public static readonly string[] SearchedDates = [.. Days, .. Instants, "2024-02-29T00:00", "2024-02-29T00:00:00", "2024-02-28T16:00Z", "2024-02-29T08:00+08:00"];

    public static readonly string[] Uris = ["http://a.example/q", "http://a.example/q/1", "http://a.example/q/1/x", "http://a.example/qq", "http://a.example", "urn:oid:1.2.3", "urn:oid:1.2.3.4", "http://b.example/Q/1"];

    private static readonly string[] Forms =
        ["yyyy-MM-ddTHH:mmK", "yyyy-MM-ddTHH:mm:ssK", "yyyy-MM-ddTHH:mm:ss.fffK", "yyyy-MM-ddTHH:mm", "yyyy-MM-ddTHH:mm:ss"];

    /// <summary>What a date stands for, where the local zone is +08:00.</summary>
    public static ModelValue.Date Range(string text)
    {
        var local = TimeSpan.FromHours(8);
        if (text.Length <= 10)
        {
            var start = new DateTime(int.Parse(text[..4], CultureInfo.InvariantCulture), text.Length > 4 ? int.Parse(text[5..7], CultureInfo.InvariantCulture) : 1, text.Length > 7 ? int.Parse(text[8..], CultureInfo.InvariantCulture) : 1, 0, 0, 0, DateTimeKind.Utc);
            var end = text.Length switch { 4 => start.AddYears(1), 7 => start.AddMonths(1), _ => start.AddDays(1) };
            return new ModelValue.Date(start - local, end - local);
        }

        var hasZone = text.EndsWith('Z') || text[^6] is '+' or '-';
        var low = DateTimeOffset.ParseExact(hasZone ? text : text + "+08:00", Forms, CultureInfo.InvariantCulture, DateTimeStyles.None).UtcDateTime;
        var length = text.Contains('.') ? TimeSpan.FromMilliseconds(1) : (text.Count(c => c == ':') - (hasZone && !text.EndsWith('Z') ? 1 : 0)) == 1 ? TimeSpan.FromMinutes(1) : TimeSpan.FromSeconds(1);
        return new ModelValue.Date(low, low + length);
    }

    public static decimal Number(string text) => decimal.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
}
