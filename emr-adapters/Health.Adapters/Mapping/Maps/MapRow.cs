using Health.Adapters.Mapping.Tables;

namespace Health.Adapters.Mapping.Maps;

/// <summary>One line of the table: these fields of a segment become this element.</summary>
/// <param name="Element">Path in the resource; <c>x[]</c> is an array, one member per repetition; empty for a field that is only looked at.</param>
/// <param name="Type">Name of a function of <see cref="DataTypes"/>, or <c>rule</c>.</param>
/// <param name="Argument">What the type needs to know: a code list, a use, a kind of number, the name of the rule.</param>
internal sealed record MapRow(string Segment, string Resource, IReadOnlyList<int> Fields, string Element, string Type, string Argument)
{
    /// <summary>Names the code system of codes that name none.</summary>
    public string Place { get; } = Fields.Count == 0 ? Segment : $"{Segment}-{Fields[0]}";

    /// <summary>Table that codes without a system belong to.</summary>
    public CodeTable? Table { get; init; }

    /// <summary>Codes to the codes of a closed FHIR list.</summary>
    public IReadOnlyDictionary<string, string>? Codes { get; init; }

    /// <summary>Component to read, where the type reads one.</summary>
    public int Component => int.TryParse(Argument, out var number) ? number : 1;

    /// <summary>The institution's own kind of number, of an argument such as <c>shipment/SHIP</c>; what follows is the code of table 0203.</summary>
    public string Kind { get; } = Argument.Split('/')[0];
    public string? IdentifierType { get; } = Argument.Split('/') is [_, var type] ? type : null;

    public bool Is(string type) => Type == type;
}
