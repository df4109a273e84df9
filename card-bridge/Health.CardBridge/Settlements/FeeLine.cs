using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Health.Contracts;

namespace Health.CardBridge.Settlements;

/// <summary>One line of a bill. <paramref name="Code"/> is the national catalogue code it is mapped to; <paramref name="AmountFen"/> is the amount of the whole line.</summary>
/// <param name="LocalCode">The institution's own code, where the line came with one.</param>
public sealed record FeeLine(string Code, string Name, decimal Quantity, long AmountFen, string? LocalCode = null)
{
    /// <summary>National codes have 15 (services), 21 (consumables) or 23 (drugs) characters; shorter ones are the institution's own.</summary>
    public static bool IsNational(string code) => code.Length is 15 or 21 or 23;

    public const int MaxLines = 200;

    /// <summary>Hundred thousand yuan: above it an input is a mistake.</summary>
    public const long MaxAmountFen = 10_000_000;

    /// <summary>Null when the lines can be a bill, else what is wrong and where.</summary>
    public static Refusal? Check(IReadOnlyList<FeeLine>? lines)
    {
        if (lines is null || lines.Count is 0 or > MaxLines) return Refusal.Unprocessable($"1 to {MaxLines} fee lines are needed.", "feeLines");
        for (var i = 0; i < lines.Count; i++)
        {
            var line = lines[i];
            if (string.IsNullOrWhiteSpace(line.Code) || line.Code.Length > 50) return Refusal.Unprocessable("A fee line needs a code of at most 50 characters.", $"feeLines[{i}].code");
            if (string.IsNullOrWhiteSpace(line.Name) || line.Name.Length > 100) return Refusal.Unprocessable("A fee line needs a name of at most 100 characters.", $"feeLines[{i}].name");
            if (line.AmountFen is <= 0 or > MaxAmountFen) return Refusal.Unprocessable($"An amount is 1 to {MaxAmountFen} fen.", $"feeLines[{i}].amountFen");
            if (line.Quantity is <= 0 or > 100_000m || decimal.Round(line.Quantity, 4) != line.Quantity) return Refusal.Unprocessable("A quantity is positive, with at most four decimals.", $"feeLines[{i}].quantity");
        }
        return null;
    }

    public static Fen Sum(IReadOnlyList<FeeLine> lines) => lines.Aggregate(Fen.Zero, (sum, line) => sum + new Fen(line.AmountFen));

    /// <summary>Equal for equal lines; says nothing without the key.</summary>
    public static Guid Digest(IKeyring keys, IReadOnlyList<FeeLine> lines) =>
        keys.Blind("card-bridge fee lines", Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(lines.Select(line => line with { Quantity = line.Quantity / 1.0000m }))))));
}
