using System.Buffers.Binary;
using System.IO.Compression;
using System.Text.Json;

namespace Health.Fhir.Validation;

/// <summary>Where a definition stands in the pack. <paramref name="Name"/> is a type path or a canonical URL.</summary>
public sealed record PackEntry(string Kind, string Name, string Id, string Version, int Offset, int Length);

/// <summary>
/// HL7's R4 definitions as conformance/definitions/pack.mjs packed them: types, code systems, value sets, concept maps and profiles. The
/// index is read once (about 3,000 entries); a definition is unpacked when it is first asked for.
/// </summary>
public sealed class DefinitionPack
{
    private static readonly Lazy<DefinitionPack> Embedded = new(Load);
    private readonly Dictionary<(string Kind, string Name), PackEntry> byName = [];
    private readonly Dictionary<(string Kind, string Id), PackEntry> byId = [];
    private readonly int start;

    private DefinitionPack(byte[] index, int start)
    {
        this.start = start;
        using var json = JsonDocument.Parse(index);
        foreach (var row in json.RootElement.EnumerateArray())
        {
            var entry = new PackEntry(string.Intern(row[0].GetString()!), row[1].GetString()!, row[2].GetString()!, row[3].GetString()!, row[4].GetInt32(), row[5].GetInt32());
            byName[(entry.Kind, entry.Name)] = entry;
            if (entry.Id.Length > 0) byId.TryAdd((entry.Kind, entry.Id), entry);
        }
    }

    public static DefinitionPack R4 => Embedded.Value;

    public PackEntry? Find(string kind, string name) => byName.GetValueOrDefault((kind, name));

    public PackEntry? FindById(string kind, string id) => byId.GetValueOrDefault((kind, id));

    public IEnumerable<PackEntry> All(string kind) => byName.Values.Where(entry => entry.Kind == kind);

    /// <summary>The definition as UTF-8 JSON.</summary>
    public byte[] Open(PackEntry entry)
    {
        using var stream = Resource();
        stream.Position = start + entry.Offset;
        using var block = new BrotliStream(new Part(stream, entry.Length), CompressionMode.Decompress);
        using var json = new MemoryStream(entry.Length * 6);
        block.CopyTo(json);
        return json.ToArray();
    }

    private static DefinitionPack Load()
    {
        using var stream = Resource();
        Span<byte> head = stackalloc byte[sizeof(uint)];
        stream.ReadExactly(head);
        var index = new byte[BinaryPrimitives.ReadUInt32LittleEndian(head)];
        stream.ReadExactly(index);
        return new DefinitionPack(index, sizeof(uint) + index.Length);
    }

    private static Stream Resource() => typeof(DefinitionPack).Assembly.GetManifestResourceStream("fhir-r4.pack")
        ?? throw new InvalidOperationException("The FHIR definitions are not embedded in this build (conformance/definitions).");

    /// <summary>The next <paramref name="left"/> bytes of a stream.</summary>
    private sealed class Part(Stream whole, int left) : Stream
    {
        private int left = left;

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = whole.Read(buffer, offset, Math.Min(count, left));
            left -= read;
            return read;
        }

        public override void Flush() { }
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
