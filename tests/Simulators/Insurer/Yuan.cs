using System.Globalization;
using System.Text.Json;

namespace Health.Simulators.Insurer;

/// <summary>Money of the interface: decimal yuan with two digits. Kept as an exact decimal, since this program shares no code with what it tests.</summary>
public static class Yuan
{
    public static bool TryRead(JsonElement value, out decimal yuan)
    {
        yuan = 0;
        var text = value.ValueKind switch
        {
            JsonValueKind.Number => value.GetRawText(),
            JsonValueKind.String => value.GetString(),
            _ => null,
        };
        if (!decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out yuan)) return false;
        return decimal.Round(yuan, 2) == yuan && yuan < 100_000_000m;
    }

    /// <summary>Always two digits: 12.00.</summary>
    public static string Text(decimal yuan) => yuan.ToString("0.00", CultureInfo.InvariantCulture);
}
