using System.Text;
using Health.Hl7v2;
using Health.UnitTests.Hl7v2.Fuzzing;

namespace Health.UnitTests.Hl7v2;

/// <summary>What is read is written again byte for byte, and an edit changes the field it names and nothing else.</summary>
public sealed class A_round_trip(ITestOutputHelper output)
{
    private const int EditsPerMessage = 24;

    [Fact]
    public void gives_back_every_file_that_others_wrote()
    {
        var folder = Sample.SharedFolder() is { } shared ? Path.Combine(shared, "data", "hl7v2", "corpus") : null;
        Assert.SkipWhen(folder is null || !Directory.Exists(folder), "The corpus (shared/data/hl7v2/corpus) is not present here.");
        var (files, messages) = (0, 0);
        foreach (var file in Directory.EnumerateFiles(folder!, "*", SearchOption.AllDirectories).Where(file => Path.GetExtension(file).ToLowerInvariant() is ".hl7" or ".txt"))
        {
            var bytes = File.ReadAllBytes(file);
            var parts = Hl7Batch.Split(bytes);
            if (parts.Count == 0) continue;
            files++;
            messages += parts.Count;
            Assert.True(Rewritten(bytes, parts).AsSpan().SequenceEqual(bytes), Path.GetFileName(file));
        }

        output.WriteLine($"{files} files, {messages} messages");
        Assert.True(files > 350, $"Only {files} files were found.");
    }

    public static TheoryData<string, string> Own() => [.. FuzzSeeds.OwnMessages().SelectMany(message => new[] { (message.Name, "UNICODE UTF-8"), (message.Name, "GB 18030-2000") })];

    [Theory]
    [MemberData(nameof(Own))]
    public void gives_back_our_own_messages_in_their_character_set(string name, string charset)
    {
        var set = charset.StartsWith("GB", StringComparison.Ordinal) ? Hl7Charset.Gb18030 : Hl7Charset.Utf8;
        var raw = set.Encoding.GetBytes(FuzzSeeds.OwnMessages().Single(message => message.Name == name).Text);
        using var message = Sample.Read(raw, set);
        Assert.Equal(raw, message.ToBytes());
    }

    [Theory]
    [InlineData("MSH|^~\\&|A\r\nPID|1||\"\"~2^^&x&^\r\n\r\nZZZ\rPV1|\n")]
    [InlineData("MSH^~|\\&^A^^B|C~D&E\rPID^1^^^^^")]
    [InlineData("MSH|^~\\&#|A\\F\\B|\rOBX|1|TX|||line one\nline two~\\X0D\\|\rno segment at all\r")]
    [InlineData("MSH|")]
    [InlineData("MSH|^~\\\\&|x")]
    public void gives_back_what_is_odd(string text)
    {
        using var message = Sample.Read(text);
        Assert.Equal(text, Encoding.UTF8.GetString(message.ToBytes()));
    }

    [Fact]
    public void with_an_edit_changes_the_field_it_names_alone()
    {
        var edits = 0;
        foreach (var raw in FuzzSeeds.Own().Concat(FuzzSeeds.Public()))
        {
            if (Hl7Message.Read(raw).Message is not { } message || message.Diagnostics.Any(one => one.Path == "MSH-2")) continue;
            var places = Places(message).ToList();
            for (var i = 0; i < places.Count; i += Math.Max(1, places.Count / EditsPerMessage))
            {
                edits++;
                AssertOnly(message, places[i].Position, places[i].Field);
            }

            message.Dispose();
        }

        Assert.True(edits > 1000, $"{edits} edits are too few");
    }

    /// <summary>Every field that can be set, of segments that have a name.</summary>
    private static IEnumerable<(int Position, int Field)> Places(Hl7Message message)
    {
        for (var i = 0; i < message.SegmentCount; i++)
        {
            var segment = message.SegmentAt(i);
            if (!Hl7Path.TryParse(segment.PathOf(), out _) || segment.Name is "FHS" or "BHS") continue;
            for (var field = segment.Is("MSH") ? 3 : 1; field <= segment.FieldCount; field++) yield return (i, field);
        }
    }

    private static void AssertOnly(Hl7Message message, int position, int field)
    {
        var path = message.SegmentAt(position).PathOf(field);
        // MSH-18 would change how the copy is read; the copy is UTF-8 whatever it says.
        using var edited = Sample.Read(message.With(Hl7Path.Parse(path), "改~过"), Hl7Charset.Utf8);
        Assert.Equal(message.SegmentCount, edited.SegmentCount);
        Assert.Equal("改~过", edited.Get(path));
        for (var i = 0; i < message.SegmentCount; i++)
        {
            var (before, after) = (message.SegmentAt(i), edited.SegmentAt(i));
            if (i != position)
            {
                Assert.True(before.Bytes.SequenceEqual(after.Bytes), $"{path} changed {before.PathOf()}");
                continue;
            }

            Assert.Equal(before.FieldCount, after.FieldCount);
            for (var number = 1; number <= before.FieldCount; number++)
                if (number != field) Assert.True(before[number].Bytes.SequenceEqual(after[number].Bytes), $"{path} changed {before.PathOf(number)}");
        }
    }

    /// <summary>The file with each of its messages replaced by what the writer makes of it.</summary>
    private static byte[] Rewritten(byte[] file, IReadOnlyList<ReadOnlyMemory<byte>> parts)
    {
        var rewritten = new MemoryStream();
        var done = 0;
        foreach (var part in parts)
        {
            Assert.True(System.Runtime.InteropServices.MemoryMarshal.TryGetArray(part, out var place));
            rewritten.Write(file.AsSpan(done..place.Offset));
            using var message = Sample.Read(part.ToArray());
            rewritten.Write(message.ToBytes());
            done = place.Offset + place.Count;
        }

        rewritten.Write(file.AsSpan(done));
        return rewritten.ToArray();
    }
}
