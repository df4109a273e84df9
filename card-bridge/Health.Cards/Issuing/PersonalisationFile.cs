using System.Buffers.Binary;
using System.Text;

namespace Health.Cards;

/// <summary>
/// A part file for the personaliser: <c>MYPD</c>, format 01, batch 32 ASCII characters, part 4, number of records 4 (big-endian), then the records
/// sealed under the transport key. Built in memory, one part at a time.
/// </summary>
public sealed class PersonalisationFile
{
    private const int HeaderSize = 5 + 32 + 4 + 4;
    private byte[] content = new byte[1 << 20];
    private int length;
    private readonly byte[] plain = new byte[PersonalisationData.MaxSize], record = new byte[PersonalisationData.MaxSize + TransportKey.Overhead];
    private int count;

    private static ReadOnlySpan<byte> Magic => "MYPD\x01"u8;

    /// <summary>Starts an empty part in the same memory.</summary>
    public void Start(string batchId, int part)
    {
        if (batchId.Length != 32) throw new ArgumentException("A batch id has 32 characters.", nameof(batchId));
        Magic.CopyTo(content);
        Encoding.ASCII.GetBytes(batchId, content.AsSpan(5));
        BinaryPrimitives.WriteInt32BigEndian(content.AsSpan(37), part);
        (length, count) = (HeaderSize, 0);
    }

    public void Add(CardPersonalisation card, CardKeyDeriver deriver, TransportKey transport)
    {
        var size = transport.Seal(plain.AsSpan(0, PersonalisationData.Write(card, deriver, plain)), record);
        if (content.Length - length < size) Array.Resize(ref content, content.Length * 2);
        record.AsSpan(0, size).CopyTo(content.AsSpan(length));
        length += size;
        count++;
    }

    /// <summary>The whole file; valid until the next <see cref="Start"/>.</summary>
    public ReadOnlySpan<byte> Finish()
    {
        BinaryPrimitives.WriteInt32BigEndian(content.AsSpan(41), count);
        return content.AsSpan(0, length);
    }

    /// <summary>The personaliser's side. Throws <see cref="InvalidDataException"/> with the number of the first record that is wrong.</summary>
    public static IReadOnlyList<PersonalisationData> Read(ReadOnlySpan<byte> file, TransportKey transport)
    {
        if (file.Length < HeaderSize || !file[..5].SequenceEqual(Magic)) throw new InvalidDataException("This is no file of personalisation data.");
        var announced = BinaryPrimitives.ReadInt32BigEndian(file[41..]);
        List<PersonalisationData> found = [];
        var rest = file[HeaderSize..];
        while (!rest.IsEmpty)
        {
            if (transport.Open(rest, out var taken) is not { } data || PersonalisationData.TryRead(data) is not { } card) throw new InvalidDataException($"Record {found.Count + 1} is altered, cut, or of another key.");
            found.Add(card);
            rest = rest[taken..];
        }
        return found.Count == announced ? found : throw new InvalidDataException($"{announced} records announced, {found.Count} are there.");
    }
}
