using System.Buffers.Binary;
using System.Text;
using JasperFx.Events;

namespace Health.Fhir.Records;

/// <summary>
/// The bytes of a resource event, format 1 (frozen; a new layout gets a new format byte):
/// format, flags (1 resident, 2 effective time), key id, [resident id], institution code (each one length byte and UTF-8),
/// lastUpdated (Int64 little endian, Unix ms), [effective time (Int64 Unix ms, Int16 offset in minutes)], sealed body to the end.
/// </summary>
public sealed class ResourceEventFormat : IEventBinarySerializer
{
    private const byte Format = 1, HasResident = 1, HasEffective = 2;

    public byte[] Serialize(Type type, object data) => Write((ResourceEvent)data);

    public object Deserialize(Type type, byte[] data)
    {
        if (type == typeof(ResourceCreated)) return Read(data, ResourceCreated.Name);
        if (type == typeof(ResourceUpdated)) return Read(data, ResourceUpdated.Name);
        if (type == typeof(ResourceDeleted)) return Read(data, ResourceDeleted.Name);
        throw new ArgumentException($"{type.Name} is no resource event.", nameof(type));
    }

    public static byte[] Write(ResourceEvent e)
    {
        var flags = (byte)((e.ResidentId is null ? 0 : HasResident) | (e.EffectiveAt is null ? 0 : HasEffective));
        var length = 2 + Size(e.KeyId) + (e.ResidentId is null ? 0 : Size(e.ResidentId)) + Size(e.InstitutionCode) + 8
            + (e.EffectiveAt is null ? 0 : 10) + e.Sealed.Length;
        var bytes = new byte[length];
        bytes[0] = Format;
        bytes[1] = flags;
        var at = 2;
        Put(bytes, ref at, e.KeyId);
        if (e.ResidentId is not null) Put(bytes, ref at, e.ResidentId);
        Put(bytes, ref at, e.InstitutionCode);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(at), e.LastUpdated.ToUnixTimeMilliseconds());
        at += 8;
        if (e.EffectiveAt is { } effective)
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(at), effective.ToUnixTimeMilliseconds());
            BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(at + 8), (short)effective.Offset.TotalMinutes);
            at += 10;
        }

        e.Sealed.CopyTo(bytes.AsMemory(at));
        return bytes;
    }

    /// <param name="eventName">The stored event name, one of the three.</param>
    /// <exception cref="InvalidDataException">Not a resource event of a known format.</exception>
    public static ResourceEvent Read(ReadOnlyMemory<byte> bytes, string eventName)
    {
        var span = bytes.Span;
        if (span.Length < 2 || span[0] != Format) throw new InvalidDataException($"A {eventName} of unknown format {(span.Length > 0 ? span[0] : -1)}.");
        var at = 2;
        var keyId = Take(span, ref at);
        var resident = (span[1] & HasResident) != 0 ? Take(span, ref at) : null;
        var institution = Take(span, ref at);
        var lastUpdated = DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64LittleEndian(span[at..]));
        at += 8;
        DateTimeOffset? effective = null;
        if ((span[1] & HasEffective) != 0)
        {
            var offset = TimeSpan.FromMinutes(BinaryPrimitives.ReadInt16LittleEndian(span[(at + 8)..]));
            effective = DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64LittleEndian(span[at..])).ToOffset(offset);
            at += 10;
        }

        var body = bytes[at..];
        return eventName switch
        {
            ResourceCreated.Name => new ResourceCreated { KeyId = keyId, ResidentId = resident, InstitutionCode = institution, LastUpdated = lastUpdated, EffectiveAt = effective, Sealed = body },
            ResourceUpdated.Name => new ResourceUpdated { KeyId = keyId, ResidentId = resident, InstitutionCode = institution, LastUpdated = lastUpdated, EffectiveAt = effective, Sealed = body },
            ResourceDeleted.Name => new ResourceDeleted { KeyId = keyId, ResidentId = resident, InstitutionCode = institution, LastUpdated = lastUpdated, EffectiveAt = effective, Sealed = body },
            _ => throw new InvalidDataException($"{eventName} is no resource event."),
        };
    }

    /// <summary>What a sealed body is bound to: its stream and version, so that a row moved by hand does not open.</summary>
    public static byte[] AdditionalData(string resourceType, string id, long version) => Encoding.UTF8.GetBytes($"{resourceType}/{id}/{version}");

    private static int Size(string text) => 1 + Encoding.UTF8.GetByteCount(text);

    private static void Put(byte[] bytes, ref int at, string text)
    {
        var length = Encoding.UTF8.GetBytes(text, bytes.AsSpan(at + 1));
        bytes[at] = checked((byte)length);
        at += 1 + length;
    }

    private static string Take(ReadOnlySpan<byte> bytes, ref int at)
    {
        var text = Encoding.UTF8.GetString(bytes.Slice(at + 1, bytes[at]));
        at += 1 + bytes[at];
        return text;
    }
}
