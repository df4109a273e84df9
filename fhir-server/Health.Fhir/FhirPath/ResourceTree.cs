using System.Text;
using System.Text.Json;
using Health.Fhir.Records;
using Health.Fhir.Validation;

namespace Health.Fhir.FhirPath;

public enum NodeKind : byte { Object, Array, String, Number, True, False, Null }

/// <summary>A value of received JSON. A string's stretch is without its quotes. <see cref="End"/> is the node after the last inside it.</summary>
internal struct TreeNode
{
    public int NameStart, NameLength, Start, Length, Parent, End;
    public NodeKind Kind;
    public bool IsEscaped, IsShadow;

    /// <summary>What R4 says of it; null where the name is unknown.</summary>
    public ElementShape? Element;
    public TypeShape? Type;
}

/// <summary>
/// A resource as a flat table of nodes over its UTF-8 bytes, in document order: what validation walks and FHIRPath navigates. The
/// tables are used again by the same thread, so a resource of a kilobyte costs no allocation.
/// </summary>
public sealed class ResourceTree
{
    private const int KeptNodes = 64 * 1024, KeptBytes = 4 * 1024 * 1024;

    [ThreadStatic]
    private static ResourceTree? spare;

    private byte[] bytes = new byte[4096];
    private TreeNode[] nodes = new TreeNode[256];

    public int Count { get; private set; }


    /// <summary>The tree of well-formed JSON no deeper than <see cref="ResourceScan.MaxDepth"/>. Give it back when done.</summary>
    public static ResourceTree Parse(ReadOnlySpan<byte> json)
    {
        var tree = spare ?? new ResourceTree();
        spare = null;
        tree.Read(json);
        return tree;
    }

    public void Return()
    {
        // Nothing of a resource stays readable longer than needed, and a giant is not kept.
        bytes.AsSpan(0, Math.Min(used, bytes.Length)).Clear();
        nodes.AsSpan(0, Count).Clear();
        Count = used = 0;
        if (nodes.Length <= KeptNodes && bytes.Length <= KeptBytes) spare = this;
    }

    private int used;

    internal ref TreeNode this[int index] => ref nodes[index];

    public ReadOnlySpan<byte> Name(int node) => bytes.AsSpan(nodes[node].NameStart, nodes[node].NameLength);

    public ReadOnlySpan<byte> Raw(int node) => bytes.AsSpan(nodes[node].Start, nodes[node].Length);

    /// <summary>A string or number as text.</summary>
    public string Text(int node)
    {
        if (!nodes[node].IsEscaped) return Encoding.UTF8.GetString(Raw(node));
        var reader = new Utf8JsonReader(bytes.AsSpan(nodes[node].Start - 1, nodes[node].Length + 2));
        reader.Read();
        return reader.GetString()!;
    }

    public bool TextEquals(int node, string text)
    {
        if (nodes[node].IsEscaped) return Text(node) == text;
        var raw = Raw(node);
        if (raw.Length < text.Length) return false;
        return Ascii.IsValid(raw) ? Ascii.Equals(raw, text) : Encoding.UTF8.GetString(raw) == text;
    }

    /// <summary>The member of an object by its name; -1 when there is none.</summary>
    public int Member(int node, ReadOnlySpan<byte> name)
    {
        if (nodes[node].Kind != NodeKind.Object) return -1;
        for (var at = node + 1; at < nodes[node].End; at = nodes[at].End)
            if (Name(at).SequenceEqual(name)) return at;
        return -1;
    }

    public bool Has(int node, ReadOnlySpan<byte> name) => Member(node, name) >= 0;

    /// <summary>FHIRPath of a node from the resource at the root: <c>Patient.name[0].given[1]</c>; a choice without its type.</summary>
    public string PathOf(int node)
    {
        var parent = nodes[node].Parent;
        if (parent < 0) return TypeName(node);
        if (nodes[parent].Kind == NodeKind.Array)
        {
            var place = 0;
            for (var at = parent + 1; at < node; at = nodes[at].End) place++;
            return $"{PathOf(parent)}[{place}]";
        }

        var name = nodes[node].Element?.Name ?? Encoding.UTF8.GetString(Name(node)).TrimStart('_');
        return $"{PathOf(parent)}.{name}";
    }

    public string TypeName(int resource)
    {
        var type = Member(resource, "resourceType"u8);
        return type >= 0 && nodes[type].Kind == NodeKind.String ? Text(type) : "Resource";
    }

    private void Read(ReadOnlySpan<byte> json)
    {
        if (bytes.Length < json.Length) bytes = new byte[json.Length];
        json.CopyTo(bytes);
        used = json.Length;
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = ResourceScan.MaxDepth });
        Span<int> open = stackalloc int[ResourceScan.MaxDepth + 2];
        var (depth, nameStart, nameLength) = (0, 0, 0);
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    (nameStart, nameLength) = ((int)reader.TokenStartIndex + 1, reader.ValueSpan.Length);
                    continue;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    ref var closed = ref nodes[open[--depth]];
                    (closed.End, closed.Length) = (Count, (int)reader.BytesConsumed - closed.Start);
                    continue;
            }

            if (Count == nodes.Length) Array.Resize(ref nodes, Count * 2);
            ref var node = ref nodes[Count];
            node = default;
            (node.NameStart, node.NameLength, nameLength) = (nameStart, nameLength, 0);
            node.Parent = depth == 0 ? -1 : open[depth - 1];
            node.Kind = KindOf(reader.TokenType);
            node.IsEscaped = reader.ValueIsEscaped;
            var quote = node.Kind == NodeKind.String ? 1 : 0;
            (node.Start, node.Length) = ((int)reader.TokenStartIndex + quote, reader.ValueSpan.Length);
            node.End = Count + 1;
            if (node.Kind is NodeKind.Object or NodeKind.Array) open[depth++] = Count;
            Count++;
        }
    }

    private static NodeKind KindOf(JsonTokenType token) => token switch
    {
        JsonTokenType.StartObject => NodeKind.Object,
        JsonTokenType.StartArray => NodeKind.Array,
        JsonTokenType.String => NodeKind.String,
        JsonTokenType.Number => NodeKind.Number,
        JsonTokenType.True => NodeKind.True,
        JsonTokenType.False => NodeKind.False,
        _ => NodeKind.Null,
    };
}
