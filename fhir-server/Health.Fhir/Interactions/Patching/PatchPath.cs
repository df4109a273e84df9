using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Health.Fhir.Interactions;

/// <summary>Why a patch is not carried out; the text goes on after "Operation n …".</summary>
internal sealed class PatchFailedException(string message, string? part = null) : Exception(message)
{
    /// <summary>The part of the operation that is wrong: path, value …</summary>
    public string? Part => part;
}

/// <summary>
/// The paths of a FHIRPath Patch, a closed part of FHIRPath with bounded cost: members, <c>[n]</c>, <c>first()</c>, <c>last()</c>,
/// <c>where(a.b = 'c' and …)</c>, <c>ofType(T)</c>, <c>as(T)</c>, <c>extension('url')</c>. http://hl7.org/fhir/R4/fhirpatch.html
/// </summary>
internal sealed class PatchPath
{
    private const int MaxLength = 500, MaxSteps = 20;

    private abstract record Step;
    private sealed record Member(string Name) : Step;
    private sealed record At(int Index) : Step;
    private sealed record Last : Step;
    private sealed record OfType(string Type) : Step;
    private sealed record Where(List<(string[] Path, JsonNode Literal)> Conditions) : Step;

    private readonly string text;
    private readonly List<Step> steps = [];
    private int at;

    private PatchPath(string text) => this.text = text;

    public static PatchPath Parse(string text)
    {
        if (text.Length > MaxLength) throw new PatchFailedException($"has a path of more than {MaxLength} characters", "path");
        var path = new PatchPath(text);
        path.Read();
        return path;
    }

    /// <summary>The name the path ends with, and what holds it: where a list is that need not exist yet.</summary>
    public (IReadOnlyList<PatchSpot> Owners, string Name) Collection(PatchSpot root) =>
        steps.Count > 1 && steps[^1] is Member last ? (Run(root, steps.Count - 1), last.Name) : throw Bad("does not end with the name of a list");

    public IReadOnlyList<PatchSpot> Find(PatchSpot root) => Run(root, steps.Count);

    private List<PatchSpot> Run(PatchSpot root, int count)
    {
        if (((Member)steps[0]).Name is var start && start != root.Type.Name && start is not ("Resource" or "DomainResource")) throw Bad($"starts at {start}, but the resource is a {root.Type.Name}");
        List<PatchSpot> found = [root];
        foreach (var step in steps.Take(count).Skip(1))
        {
            found = step switch
            {
                Member member => Children(found, member.Name),
                At place => place.Index < found.Count ? [found[place.Index]] : [],
                Last => found.Count > 0 ? [found[^1]] : [],
                OfType type => [.. found.Where(spot => spot.Element?.TypeName == type.Type || spot.Type.Name == type.Type)],
                Where where => [.. found.Where(spot => where.Conditions.TrueForAll(condition => Holds(spot, condition.Path, condition.Literal)))],
                _ => throw new InvalidOperationException("A step of a path is one of these."),
            };
        }

        return found;
    }

    private List<PatchSpot> Children(List<PatchSpot> owners, string name)
    {
        if (owners.Count > 0 && owners.TrueForAll(owner => !PatchSpot.Elements(owner.Type, name).Any())) throw Bad($"names {name}, which {owners[0].Type.Name} has not");
        return [.. owners.SelectMany(owner => owner.Children(name))];
    }

    private static bool Holds(PatchSpot spot, string[] path, JsonNode literal)
    {
        IEnumerable<PatchSpot> values = [spot];
        foreach (var name in path)
            if (name != "$this") values = values.SelectMany(value => value.Children(name));
        return values.ToList() is [var only] && JsonNode.DeepEquals(only.Value, literal);
    }

    private void Read()
    {
        steps.Add(new Member(Identifier()));
        while (at < text.Length)
        {
            if (steps.Count == MaxSteps) throw Bad($"has more than {MaxSteps} steps");
            if (Take('['))
            {
                steps.Add(new At(Number()));
                Expect(']');
                continue;
            }

            Expect('.');
            var name = Identifier();
            if (Take('(')) Function(name);
            else steps.Add(new Member(name));
        }
    }

    private void Function(string name)
    {
        switch (name)
        {
            case "first":
                steps.Add(new At(0));
                break;
            case "last":
                steps.Add(new Last());
                break;
            case "ofType" or "as":
                var type = Identifier();
                if (Take('.')) type = Identifier();
                steps.Add(new OfType(type));
                break;
            case "extension":
                steps.Add(new Member("extension"));
                steps.Add(new Where([(["url"], Literal())]));
                break;
            case "where":
                steps.Add(new Where(Conditions()));
                break;
            default:
                throw Bad($"uses {name}(), which a patch does not know; known are first(), last(), where(a = 'b'), ofType(T), as(T), extension('url')");
        }

        Expect(')');
    }

    private List<(string[], JsonNode)> Conditions()
    {
        var conditions = new List<(string[], JsonNode)>();
        do
        {
            List<string> path = [Identifier()];
            while (Take('.')) path.Add(Identifier());
            Blank();
            Expect('=');
            conditions.Add(([.. path], Literal()));
            Blank();
        }
        while (conditions.Count < MaxSteps && Word("and"));
        return conditions;
    }

    private JsonNode Literal()
    {
        Blank();
        if (Word("true")) return JsonValue.Create(true);
        if (Word("false")) return JsonValue.Create(false);
        if (Take('@')) return JsonValue.Create(While(c => char.IsAsciiLetterOrDigit(c) || c is '-' or ':' or '.' or '+'))!;
        if (!Take('\'')) return Numeric();
        var value = new StringBuilder();
        while (at < text.Length && text[at] != '\'')
        {
            if (text[at] == '\\' && at + 1 < text.Length) at++;
            value.Append(text[at++]);
        }

        Expect('\'');
        return JsonValue.Create(value.ToString());
    }

    private JsonNode Numeric()
    {
        var digits = While(c => char.IsAsciiDigit(c) || c is '-' or '.');
        try
        {
            return JsonNode.Parse(digits) as JsonValue ?? throw Bad($"has no literal at character {at + 1}");
        }
        catch (JsonException)
        {
            throw Bad($"has no literal at character {at + 1}");
        }
    }

    private string Identifier()
    {
        Blank();
        if (Take('`'))
        {
            var quoted = While(c => c != '`');
            Expect('`');
            return quoted;
        }

        var name = While(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '$');
        return name.Length > 0 ? name : throw Bad($"has no name at character {at + 1}");
    }

    private int Number() => int.TryParse(While(char.IsAsciiDigit), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw Bad($"has no index at character {at + 1}");

    private string While(Func<char, bool> belongs)
    {
        var start = at;
        while (at < text.Length && belongs(text[at])) at++;
        return text[start..at];
    }

    private void Blank() => While(c => c == ' ');

    private bool Word(string word)
    {
        if (!text.AsSpan(at).StartsWith(word, StringComparison.Ordinal)) return false;
        at += word.Length;
        return true;
    }

    private bool Take(char c)
    {
        if (at >= text.Length || text[at] != c) return false;
        at++;
        return true;
    }

    private void Expect(char c)
    {
        Blank();
        if (!Take(c)) throw Bad($"has no '{c}' at character {at + 1}");
    }

    private PatchFailedException Bad(string why) => new($"has the path '{text}', which {why}", "path");
}
