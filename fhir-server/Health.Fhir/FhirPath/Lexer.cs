using System.Text;

namespace Health.Fhir.FhirPath;

internal enum TokenKind { End, Name, QuotedName, Text, Number, Date, Variable, Symbol }

/// <param name="At">Place of its first character in the expression, from 0.</param>
internal readonly record struct Token(TokenKind Kind, string Text, int At);

/// <summary>Tokens of FHIRPath. http://hl7.org/fhirpath/N1/grammar.html</summary>
internal sealed class Lexer(string text)
{
    private static readonly string[] Long = ["<=", ">=", "!=", "!~"];
    private int at;

    public static List<Token> Read(string text)
    {
        var lexer = new Lexer(text);
        List<Token> tokens = [];
        do tokens.Add(lexer.Next());
        while (tokens[^1].Kind != TokenKind.End);
        return tokens;
    }

    private Token Next()
    {
        SkipSpace();
        var start = at;
        if (at >= text.Length) return new Token(TokenKind.End, "", start);
        var letter = text[at];
        if (char.IsAsciiLetter(letter) || letter is '_' or '$') return new Token(TokenKind.Name, While(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '$'), start);
        if (char.IsAsciiDigit(letter)) return new Token(TokenKind.Number, Number(), start);
        switch (letter)
        {
            case '\'' or '"':
                return new Token(TokenKind.Text, Quoted(letter), start);
            case '`':
                return new Token(TokenKind.QuotedName, Quoted('`'), start);
            case '@':
                at++;
                return new Token(TokenKind.Date, While(c => char.IsAsciiLetterOrDigit(c) || c is '-' or ':' or '+' or '.'), start);
            case '%':
                at++;
                if (at < text.Length && text[at] is '\'' or '`' or '"') return new Token(TokenKind.Variable, Quoted(text[at]), start);
                return new Token(TokenKind.Variable, While(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-'), start);
        }

        foreach (var symbol in Long)
        {
            if (string.CompareOrdinal(text, at, symbol, 0, 2) != 0) continue;
            at += 2;
            return new Token(TokenKind.Symbol, symbol, start);
        }

        if ("().,[]{}+-*/|&<>=~".Contains(letter))
        {
            at++;
            return new Token(TokenKind.Symbol, letter.ToString(), start);
        }

        throw new FhirPathException($"'{letter}' at character {at + 1} is no part of FHIRPath.");
    }

    private string While(Func<char, bool> belongs)
    {
        var start = at++;
        while (at < text.Length && belongs(text[at])) at++;
        return text[start..at];
    }

    private string Number()
    {
        var digits = While(char.IsAsciiDigit);
        if (at + 1 >= text.Length || text[at] != '.' || !char.IsAsciiDigit(text[at + 1])) return digits;
        return digits + While(char.IsAsciiDigit);
    }

    private string Quoted(char quote)
    {
        var result = new StringBuilder();
        for (at++; at < text.Length; at++)
        {
            if (text[at] == quote)
            {
                at++;
                return result.ToString();
            }

            if (text[at] != '\\' || at + 1 >= text.Length) result.Append(text[at]);
            else result.Append(Escape());
        }

        throw new FhirPathException($"The text that begins with {quote} is not closed.");
    }

    private char Escape()
    {
        var letter = text[++at];
        if (letter != 'u') return letter switch { 'n' => '\n', 'r' => '\r', 't' => '\t', 'f' => '\f', _ => letter };
        if (at + 4 >= text.Length || !ushort.TryParse(text.AsSpan(at + 1, 4), System.Globalization.NumberStyles.HexNumber, null, out var code)) throw new FhirPathException("\\u is followed by four hexadecimal digits.");
        at += 4;
        return (char)code;
    }

    private void SkipSpace()
    {
        while (at < text.Length)
        {
            if (char.IsWhiteSpace(text[at])) at++;
            else if (text[at] == '/' && at + 1 < text.Length && text[at + 1] == '/') at = text.IndexOf('\n', at) is var end and >= 0 ? end : text.Length;
            else if (text[at] == '/' && at + 1 < text.Length && text[at + 1] == '*') at = text.IndexOf("*/", at + 2, StringComparison.Ordinal) is var close and >= 0 ? close + 2 : text.Length;
            else return;
        }
    }
}
