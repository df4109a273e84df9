using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;

namespace Health.Fhir.Validation;

public enum TypeKind { Resource, Complex, Backbone, Primitive, AnyResource }

/// <summary>
/// A type of R4 as a table: its members by their UTF-8 names, what is mandatory, its rules. Loaded when first met; a backbone element is
/// named by its path (<c>Patient.contact</c>).
/// </summary>
public sealed class TypeShape
{
    private const int MaxElements = 64;
    private static readonly ConcurrentDictionary<string, TypeShape?> Known = new(Primitives());
    private readonly Dictionary<string, ElementShape> byName = [];
    private MemberShape?[] table = [];

    private TypeShape(string name, TypeKind kind) => (Name, Kind) = (name, kind);

    public string Name { get; }
    public TypeKind Kind { get; }
    public PrimitiveKind Primitive { get; private init; }

    /// <summary>The primitive this one narrows (code is a string); null for none.</summary>
    public string? Base { get; private init; }
    public IReadOnlyList<ElementShape> Elements { get; private set; } = [];
    public ulong Required { get; private set; }
    public Invariant[] Invariants { get; private set; } = [];
    public bool IsExtension => Name == "Extension";
    public bool IsDomainResource => byName.ContainsKey("contained");

    /// <summary>null when R4 has no such type.</summary>
    public static TypeShape? Of(string name) => Known.GetOrAdd(name, static name => Load(name));

    public ElementShape? Element(string name) => byName.GetValueOrDefault(name);

    public MemberShape? Member(ReadOnlySpan<byte> name)
    {
        if (table.Length == 0) return null;
        for (var slot = Hash(name) & (table.Length - 1); table[slot] is { } member; slot = (slot + 1) & (table.Length - 1))
            if (name.SequenceEqual(member.Name)) return member;
        return null;
    }

    /// <summary>The member names a client may write, for a suggestion.</summary>
    public IEnumerable<string> MemberNames => table.Where(member => member is { IsShadow: false }).Select(member => Encoding.UTF8.GetString(member!.Name));

    public bool IsA(string name)
    {
        if (Name == name || Base == name) return true;
        return name switch
        {
            "Resource" => Kind == TypeKind.Resource,
            "DomainResource" => Kind == TypeKind.Resource && IsDomainResource,
            "BackboneElement" => Kind == TypeKind.Backbone,
            "Element" => Kind != TypeKind.Resource,
            "Quantity" => Name is "Age" or "Duration" or "Count" or "Distance",
            _ => false,
        };
    }

    private static TypeShape? Load(string name)
    {
        if (DefinitionPack.R4.Find("Type", name) is not { } entry) return null;
        using var json = JsonDocument.Parse(DefinitionPack.R4.Open(entry));
        var root = json.RootElement;
        var kind = name is "Resource" ? TypeKind.AnyResource : root.GetProperty("k").GetString() switch { "resource" => TypeKind.Resource, "backbone" => TypeKind.Backbone, _ => TypeKind.Complex };
        var type = new TypeShape(name, kind) { Invariants = Rules(root) };
        type.Elements = [.. root.GetProperty("e").EnumerateArray().Select((element, index) => Element(type, element, index))];
        if (type.Elements.Count > MaxElements) throw new InvalidOperationException($"{name} has more than {MaxElements} elements.");
        foreach (var element in type.Elements)
        {
            type.byName[element.Name] = element;
            if (element.Min > 0) type.Required |= element.Bit;
        }

        type.Index();
        return type;
    }

    private static ElementShape Element(TypeShape owner, JsonElement json, int index)
    {
        var name = json.GetProperty("n").GetString()!;
        var binding = json.TryGetProperty("b", out var b) ? (Strength: b[0].GetString(), ValueSet: b[1].GetString()) : default;
        var types = Strings(json, "t")!;
        return new ElementShape
        {
            Name = name,
            Owner = owner,
            Index = index,
            IsChoice = json.TryGetProperty("x", out _),
            Min = json.TryGetProperty("l", out var min) ? min.GetInt32() : 0,
            Max = json.GetProperty("u").GetInt32(),
            Types = name == "id" && owner.Kind is TypeKind.Resource ? ["id"] : types,
            Targets = Strings(json, "p"),
            RequiredValueSet = binding.Strength == "required" ? binding.ValueSet : null,
            ExtensibleValueSet = binding.Strength == "extensible" ? binding.ValueSet : null,
            Invariants = Rules(json),
        };
    }

    private static Invariant[] Rules(JsonElement json) => json.TryGetProperty("c", out var rules)
        ? [.. rules.EnumerateArray().Select(rule => new Invariant(rule[0].GetString()!, rule[1].GetString() == "error", rule[2].GetString()!, rule[3].GetString()!))]
        : [];

    private static string[]? Strings(JsonElement json, string name) =>
        json.TryGetProperty(name, out var list) ? [.. list.EnumerateArray().Select(item => item.GetString()!)] : null;

    private void Index()
    {
        List<MemberShape> members = [];
        foreach (var element in Elements)
        {
            for (var i = 0; i < element.Types.Length; i++)
            {
                var name = element.IsChoice ? element.Name + char.ToUpperInvariant(element.Types[i][0]) + element.Types[i][1..] : element.Name;
                members.Add(new MemberShape(Encoding.UTF8.GetBytes(name), element, i, false));
                if (char.IsLower(element.Types[i][0])) members.Add(new MemberShape(Encoding.UTF8.GetBytes("_" + name), element, i, true));
            }
        }

        var size = 16;
        while (size < members.Count * 2) size *= 2;
        table = new MemberShape?[size];
        foreach (var member in members)
        {
            var slot = Hash(member.Name) & (size - 1);
            while (table[slot] is not null) slot = (slot + 1) & (size - 1);
            table[slot] = member;
        }
    }

    private static int Hash(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty) return 0;
        var hash = (uint)name.Length * 0x9E3779B1u;
        foreach (var letter in name) hash = (hash ^ letter) * 0x01000193u;
        return (int)((hash ^ (hash >> 15)) & 0x7FFFFFFF);
    }

    private static IEnumerable<KeyValuePair<string, TypeShape?>> Primitives()
    {
        foreach (var kind in Enum.GetValues<PrimitiveKind>().Where(kind => kind != PrimitiveKind.None))
        {
            var name = kind.ToString();
            name = char.ToLowerInvariant(name[0]) + name[1..];
            yield return KeyValuePair.Create<string, TypeShape?>(name, new TypeShape(name, TypeKind.Primitive) { Primitive = kind, Base = BaseOf(kind) });
        }
    }

    private static string? BaseOf(PrimitiveKind kind) => kind switch
    {
        PrimitiveKind.Code or PrimitiveKind.Id or PrimitiveKind.Markdown => "string",
        PrimitiveKind.Url or PrimitiveKind.Canonical or PrimitiveKind.Oid or PrimitiveKind.Uuid => "uri",
        PrimitiveKind.PositiveInt or PrimitiveKind.UnsignedInt => "integer",
        _ => null,
    };
}
