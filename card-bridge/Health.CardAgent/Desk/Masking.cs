using System.Globalization;

namespace Health.CardAgent.Desk;

/// <summary>Names and numbers as they may stand on a screen others can see, on a receipt, in a file.</summary>
public static class Masking
{
    /// <summary>First character, stars, and the last character when there are three or more; by characters as read, also outside the basic plane.</summary>
    public static string Name(string name)
    {
        var letters = StringInfo.GetTextElementEnumerator(name);
        List<string> characters = [];
        while (letters.MoveNext()) characters.Add((string)letters.Current);
        return characters.Count switch
        {
            0 => "",
            1 => "*",
            2 => characters[0] + "*",
            _ => characters[0] + new string('*', characters.Count - 2) + characters[^1],
        };
    }

    /// <summary>First six and last two.</summary>
    public static string Number(string number) => number.Length < 10 ? new string('*', number.Length) : $"{number[..6]}{new string('*', number.Length - 8)}{number[^2..]}";
}
