using System.Globalization;

namespace Health.Fhir.FhirPath;

/// <summary>Reads an expression into delegates, by precedence. http://hl7.org/fhirpath/N1/#operator-precedence</summary>
internal sealed class Parser(string text)
{
    private const int MaxDepth = 100;
    private readonly List<Token> tokens = Lexer.Read(text);
    private int at, depth;

    public Op Whole()
    {
        var op = Expression(0);
        if (Peek.Kind != TokenKind.End) throw Unexpected();
        return op;
    }

    private Token Peek => tokens[at];

    private static int Precedence(Token token) => token.Kind switch
    {
        TokenKind.Symbol => token.Text switch
        {
            "*" or "/" => 10,
            "+" or "-" or "&" => 9,
            "|" => 7,
            "<" or ">" or "<=" or ">=" => 6,
            "=" or "~" or "!=" or "!~" => 5,
            _ => 0,
        },
        TokenKind.Name => token.Text switch
        {
            "div" or "mod" => 10,
            "is" or "as" => 8,
            "in" or "contains" => 4,
            "and" => 3,
            "or" or "xor" => 2,
            "implies" => 1,
            _ => 0,
        },
        _ => 0,
    };

    private Op Expression(int above)
    {
        if (++depth > MaxDepth) throw new FhirPathException($"The expression is nested more than {MaxDepth} deep.");
        var left = Unary();
        while (Precedence(Peek) is var precedence && precedence > above)
        {
            var sign = tokens[at++].Text;
            if (sign is "is" or "as")
            {
                var type = TypeName();
                left = Ops.Then(left, sign == "is" ? TypeOps.Is(type) : TypeOps.As(type));
                continue;
            }

            left = Operators.Binary(sign, left, Expression(precedence));
        }

        depth--;
        return left;
    }

    private Op Unary()
    {
        if (Peek is not { Kind: TokenKind.Symbol, Text: "+" or "-" }) return Postfix(Term());
        var negative = tokens[at++].Text == "-";
        var operand = Unary();
        return negative ? Ops.Then(operand, MathOps.Negate) : operand;
    }

    private Op Postfix(Op op)
    {
        while (Peek.Kind == TokenKind.Symbol)
        {
            if (Peek.Text == ".")
            {
                at++;
                op = Ops.Then(op, Invocation(false));
            }
            else if (Peek.Text == "[")
            {
                at++;
                var index = Expression(0);
                Expect("]");
                op = Ops.Indexed(op, index);
            }
            else break;
        }

        return op;
    }

    private Op Term()
    {
        var token = Peek;
        switch (token.Kind)
        {
            case TokenKind.Text:
                at++;
                return Ops.Constant(Item.Of(token.Text));
            case TokenKind.Number:
                at++;
                return Number(token);
            case TokenKind.Date:
                at++;
                return Ops.Constant(token.Text.StartsWith('T') ? Item.Time(token.Text[1..]) : Item.Date(token.Text.TrimEnd('T')));
            case TokenKind.Variable:
                at++;
                return Ops.Variable(token.Text.TrimStart('%'));
            case TokenKind.Name when token.Text is "true" or "false":
                at++;
                return Ops.Constant(Item.Of(token.Text == "true"));
            case TokenKind.Name or TokenKind.QuotedName:
                return Invocation(true);
            case TokenKind.Symbol when token.Text == "(":
                at++;
                var inner = Expression(0);
                Expect(")");
                return inner;
            case TokenKind.Symbol when token.Text == "{":
                at++;
                Expect("}");
                return (_, _) => Range.Empty;
            default:
                throw Unexpected();
        }
    }

    private Op Number(Token token)
    {
        if (!decimal.TryParse(token.Text, NumberStyles.Number, CultureInfo.InvariantCulture, out var value)) throw new FhirPathException($"{token.Text} is too large a number.");
        if (Peek is { Kind: TokenKind.Text } unit)
        {
            at++;
            return Ops.Constant(Item.Quantity(value, unit.Text));
        }

        if (Peek is { Kind: TokenKind.Name } word && CalendarUnits.IsOne(word.Text))
        {
            at++;
            return Ops.Constant(Item.Quantity(value, CalendarUnits.Ucum(word.Text)));
        }

        return Ops.Constant(token.Text.Contains('.') ? Item.Of(value) : new Item(ItemKind.Integer, -1, -1, null, value, null));
    }

    private Op Invocation(bool isFirst)
    {
        var token = tokens[at++];
        if (token.Kind is not (TokenKind.Name or TokenKind.QuotedName)) throw Unexpected(token);
        if (token.Kind == TokenKind.Name && token.Text is "$this" or "$index" or "$total")
        {
            return token.Text switch
            {
                "$this" => (e, _) => e.This,
                "$index" => (e, _) => e.One(Item.Of((long)e.Index)),
                _ => (e, _) => e.Total is { } total ? e.One(total) : Range.Empty,
            };
        }

        if (Peek is not { Kind: TokenKind.Symbol, Text: "(" } || token.Kind == TokenKind.QuotedName) return Navigation.Child(token.Text, isFirst);
        at++;
        return Call(token);
    }

    private Op Call(Token name)
    {
        if (name.Text is "is" or "as" or "ofType")
        {
            var type = TypeName();
            Expect(")");
            return name.Text switch { "is" => TypeOps.Is(type), "as" => TypeOps.As(type), _ => TypeOps.OfType(type) };
        }

        List<Op> arguments = [];
        while (Peek is not { Kind: TokenKind.Symbol, Text: ")" })
        {
            arguments.Add(Expression(0));
            if (Peek is { Kind: TokenKind.Symbol, Text: "," }) at++;
            else break;
        }

        Expect(")");
        return Functions.Make(name.Text, arguments) ?? throw new FhirPathException($"The function {name.Text}() with {arguments.Count} arguments, at character {name.At + 1}, is not known.");
    }

    private string TypeName()
    {
        var parts = new List<string>();
        do
        {
            var token = tokens[at++];
            if (token.Kind is not (TokenKind.Name or TokenKind.QuotedName)) throw Unexpected(token);
            parts.Add(token.Text);
        }
        while (Peek is { Kind: TokenKind.Symbol, Text: "." } && tokens[at + 1].Kind is TokenKind.Name or TokenKind.QuotedName && parts[^1] is "FHIR" or "System" && at++ >= 0);
        return string.Join('.', parts);
    }

    private void Expect(string symbol)
    {
        if (Peek is not { Kind: TokenKind.Symbol } token || token.Text != symbol) throw new FhirPathException($"'{symbol}' is missing at character {Peek.At + 1} of: {text}");
        at++;
    }

    private FhirPathException Unexpected() => Unexpected(Peek);

    private FhirPathException Unexpected(Token token) =>
        new(token.Kind == TokenKind.End ? $"The expression ends too early: {text}" : $"'{token.Text}' at character {token.At + 1} is not expected in: {text}");
}

/// <summary>The calendar words of a quantity, and their UCUM units.</summary>
internal static class CalendarUnits
{
    private static readonly Dictionary<string, string> Units = new()
    {
        ["year"] = "a", ["month"] = "mo", ["week"] = "wk", ["day"] = "d", ["hour"] = "h", ["minute"] = "min", ["second"] = "s", ["millisecond"] = "ms",
    };

    public static bool IsOne(string word) => Units.ContainsKey(Singular(word));

    public static string Ucum(string word) => Units[Singular(word)];

    private static string Singular(string word) => word.EndsWith('s') ? word[..^1] : word;
}
