using System.Text;
using System.Text.Json;
using Health.Adapters.Mapping;
using Health.Adapters.Sources;
using Health.Hl7v2;
using Health.UnitTests.Mapping;

namespace Health.UnitTests.Hl7v2.Fuzzing;

/// <summary>What holds of any bytes: nothing throws, nothing is changed, what is written reads back, what is mapped is JSON.</summary>
internal sealed class Fuzzer(byte[][] seeds, ulong seed)
{
    private const int MapEvery = 4;
    private static readonly Hl7Charset?[] Charsets = [null, null, Hl7Charset.Utf8, Hl7Charset.Gb18030];
    private static readonly SourceProfile[] Profiles =
    [
        Mapped.AnySender, Mapped.Municipal,
        Mapped.Municipal with
        {
            MovedFields = new Dictionary<string, string> { ["PID-26"] = "PID-10", ["PV1-10"] = "ZPV-2" },
            LocalCodes = new Dictionary<string, IReadOnlyDictionary<string, LocalCode>> { ["OBX-3"] = new Dictionary<string, LocalCode> { ["WBC"] = new("http://loinc.org", "6690-2") } },
        },
    ];

    public byte[] Message(long number) => new Mutation(seeds, seed + (ulong)number).Make();

    /// <exception cref="Exception">Whatever went wrong with this one.</exception>
    public void Check(long number, Hl7Reader reader)
    {
        var raw = Message(number);
        var choice = new Mutation(seeds, ~(seed + (ulong)number));
        var copy = raw.ToArray();
        var charset = Charsets[choice.Next(Charsets.Length)];
        if (reader.Read(raw, charset) is not { } message)
        {
            Require(reader.Diagnostics.Any(one => one.IsError), "not read, and no error says why");
            return;
        }

        ReadAll(message);
        Require(message.Raw.Span.SequenceEqual(copy) && raw.AsSpan().SequenceEqual(copy), "the bytes were changed by reading");
        Acknowledge(message);
        if (number % 8 == 0) SetAndReadBack(message, choice.Next(1000));
        foreach (var part in Hl7Batch.Split(raw)) Require(part.Length <= raw.Length, "a part is longer than its file");
        if (number % MapEvery == 0) Map(message, Profiles[choice.Next(Profiles.Length)]);
    }

    private static void ReadAll(Hl7Message message)
    {
        var total = 0;
        foreach (var segment in message.Segments())
        {
            if (total > 100_000) break;
            for (var field = 0; field <= segment.FieldCount + 1; field++)
            {
                foreach (var repetition in segment[field].Repetitions)
                {
                    var count = Math.Min(repetition.ComponentCount, 40);
                    for (var component = 0; component <= count + 1; component++)
                    {
                        var view = repetition.Component(component);
                        total += view.Sub(2).ToText().Length + view.ToText().Length;
                        if (Hl7Timestamp.TryParse(view.Bytes, out var time)) total += time.ToFhirDateTime(TimeSpan.FromHours(8)).Length;
                    }
                }
            }
        }

        var last = message.SegmentAt(message.SegmentCount - 1);
        Require(last.PathOf(1).Length > 0 || !last.Exists, "a segment without a path");
    }

    private static void Acknowledge(Hl7Message message)
    {
        var ack = AckBuilder.Build(message, Hl7AckCode.AE, "1", DateTimeOffset.UnixEpoch, message.Diagnostics);
        Require(Hl7Message.Read(ack).Message is not null, "the acknowledgement is no message");
    }

    /// <summary>A place that is written reads back the same, whatever else the message holds, as long as its separators can be told apart.</summary>
    private static void SetAndReadBack(Hl7Message message, int choice)
    {
        if (message.Diagnostics.Any(one => one.Path == "MSH-2") || message.Charset != Hl7Charset.Utf8) return;
        var path = Hl7Path.Parse($"PID-{3 + choice % 20}.{1 + choice % 4}");
        var value = "甲|^~\\&乙\r\n";
        var edited = Hl7Message.Read(message.With(path, value), Hl7Charset.Utf8).Message;
        Require(edited?.Get(path.ToString()) == value, $"{path} does not read back");
    }

    private static void Map(Hl7Message message, SourceProfile source)
    {
        if (MessageMapper.Map(message, Mapped.Context(source)) is not MappingResult.Mapped mapped) return;
        foreach (var write in mapped.Writes)
        {
            using var json = JsonDocument.Parse(write.Json);
            Require(json.RootElement.GetProperty("resourceType").GetString() == write.ResourceType, "a write of another type than it says");
            if (!write.Defaults.IsEmpty) JsonDocument.Parse(write.Defaults).Dispose();
        }
    }

    private static void Require(bool condition, string otherwise)
    {
        if (!condition) throw new InvalidOperationException(otherwise);
    }

    /// <summary>Where a failing message goes.</summary>
    public string Save(long number)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), "health-fuzz"));
        var file = Path.Combine(folder.FullName, $"{seed}-{number}.hl7");
        File.WriteAllBytes(file, Message(number));
        return file;
    }
}
