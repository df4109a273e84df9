using System.Buffers;
using System.Globalization;
using Health.Contracts;
using Health.Hl7v2;

namespace Health.Adapters.Mapping;

/// <summary>
/// A message about several persons: ADT A17, A24 and A40 with their groups of PID, PV1 and MRG, ORU and OUL with a group of results for each patient. Each
/// person is mapped as if the message were theirs alone (the header, then the segments from PID to the next PID). All or nothing: where one
/// person cannot be mapped, nobody is. http://www.hl7.eu/HL7v2x/v251/std251/ch03.html, ch07.html
/// </summary>
internal static class SeveralPersons
{
    /// <summary>More are no message about patients but a load of data, which belongs into a batch file.</summary>
    public const int Most = 200;

    private static readonly string[] Headers = ["MSH", "SFT", "UAC", "EVN"];

    /// <summary>The segments of one person, and how many of each name stand before them in the message.</summary>
    private sealed record Group(Hl7Message Message, IReadOnlyDictionary<string, int> Before);

    /// <param name="one">Maps a message about one person.</param>
    public static MappingResult Map(Hl7Message message, MappingContext context, Func<Hl7Message, MappingContext, MappingResult> one)
    {
        if (Refusal(message) is { } refusal) return new MappingResult.Refused([refusal]);
        var union = new Union();
        var count = 0;
        foreach (var group in Groups(message))
        {
            using var own = group.Message;
            var result = one(own, context with { Person = ++count });
            if (result is MappingResult.Refused refused)
                return new MappingResult.Refused([.. refused.Problems.Select(problem => problem with { Path = InMessage(problem.Path, group) })]);
            var mapped = (MappingResult.Mapped)result;
            if (mapped.Identity is not { } identity)
                return new MappingResult.Refused([Hl7Diagnostic.Error($"PID[{count}]-3", Hl7ErrorCode.RequiredFieldMissing, "Each of several patients needs a number.")]);
            if (union.Add(identity, mapped with { UnmappedPaths = [.. mapped.UnmappedPaths.Select(path => InMessage(path, group))] }) is { } twice)
                return new MappingResult.Refused([Hl7Diagnostic.Error($"PID[{count}]", Hl7ErrorCode.DuplicateKeyIdentifier, $"This group writes the {twice} that another group of the message writes.")]);
        }

        return union.Result(isLink: message.MessageCode == "ADT" && message.TriggerEvent == "A24");
    }

    private static Hl7Diagnostic? Refusal(Hl7Message message)
    {
        if (message.MessageCode is not ("ADT" or "ORU" or "OUL"))
            return Hl7Diagnostic.Error("PID[2]", Hl7ErrorCode.SegmentSequence, "A message of this type is about one patient: send one message for each.");
        if (message.MessageCode == "ADT" && message.TriggerEvent == "A37")
            return Hl7Diagnostic.Error("MSH-9", Hl7ErrorCode.UnsupportedEvent, "Who is parted from whom is decided by a person, not by a message.");
        if (message.Segment("PID", Most + 1).Exists)
            return Hl7Diagnostic.Error($"PID[{Most + 1}]", Hl7ErrorCode.SegmentSequence, $"A message may be about {Most} patients at most.");
        for (var i = 0; i < message.Segment("PID").Position; i++)
            if (message.SegmentAt(i) is var segment && !Headers.Contains(segment.Name) && !segment.Name.StartsWith('Z'))
                return Hl7Diagnostic.Error(segment.PathOf(), Hl7ErrorCode.SegmentSequence, "The segment stands before the first PID of several, so it is not said whose it is.");
        return null;
    }

    /// <summary>The message of each person, as if it were theirs alone.</summary>
    public static IEnumerable<Hl7Message> Parts(Hl7Message message) => Groups(message).Select(group => group.Message);

    private static IEnumerable<Group> Groups(Hl7Message message)
    {
        var first = message.Segment("PID").Position;
        for (var start = first; start < message.SegmentCount;)
        {
            var end = start + 1;
            while (end < message.SegmentCount && !message.SegmentAt(end).Is("PID")) end++;
            yield return new Group(Part(message, first, start, end), Before(message, first, start));
            start = end;
        }
    }

    private static Hl7Message Part(Hl7Message message, int header, int start, int end)
    {
        var text = new ArrayBufferWriter<byte>();
        for (var i = 0; i < end; i++)
        {
            if (i >= header && i < start) continue;
            text.Write(message.SegmentAt(i).Bytes);
            text.Write("\r"u8);
        }

        return Rereading.Of(message, text.WrittenSpan.ToArray());
    }

    private static Dictionary<string, int> Before(Hl7Message message, int header, int start)
    {
        var before = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = header; i < start; i++) before[message.SegmentAt(i).Name] = before.GetValueOrDefault(message.SegmentAt(i).Name) + 1;
        return before;
    }

    /// <summary><c>OBX[2]-5</c> of a group as the place it has in the whole message.</summary>
    private static string InMessage(string path, Group group)
    {
        if (path.Length < 3 || !group.Before.TryGetValue(path[..3], out var before)) return path;
        var end = path.Length > 3 && path[3] == '[' ? path.IndexOf(']', StringComparison.Ordinal) + 1 : 3;
        var own = end > 3 ? int.Parse(path[4..(end - 1)], CultureInfo.InvariantCulture) : 1;
        return string.Create(CultureInfo.InvariantCulture, $"{path[..3]}[{own + before}]{path[end..]}");
    }

    /// <summary>The persons of the message, each once however many groups it has.</summary>
    private sealed class Union
    {
        private readonly List<(PatientIdentity Identity, List<RecordWrite> Writes)> persons = [];
        private readonly Dictionary<(string Type, string Id), int> writtenBy = [];
        private readonly List<PatientMerge> merges = [];
        private readonly List<string> unmapped = [];
        private DateTimeOffset? effectiveAt;

        /// <returns>The type of a resource that another group writes too and that cannot be one; null when all is well.</returns>
        public string? Add(PatientIdentity identity, MappingResult.Mapped mapped)
        {
            var person = persons.FindIndex(known => known.Identity.PatientId == identity.PatientId);
            foreach (var (type, id) in mapped.Writes.Select(write => (write.ResourceType, write.Id)).Distinct())
            {
                // The patient and the visit of two groups of one person are the same thing said twice. Anything else written twice would lose one of the two.
                var isSaidAgain = type is "Patient" or "Encounter" && mapped.Merges.Count == 0;
                if (writtenBy.TryGetValue((type, id), out var other) && !(other == person && isSaidAgain)) return type;
                writtenBy[(type, id)] = person < 0 ? persons.Count : person;
            }

            if (person < 0) persons.Add((identity, [.. mapped.Writes]));
            else persons[person].Writes.AddRange(mapped.Writes);

            merges.AddRange(mapped.Merges);
            unmapped.AddRange(mapped.UnmappedPaths);
            effectiveAt ??= mapped.EffectiveAt;
            return null;
        }

        /// <param name="isLink">The message says that all of its persons are the first one.</param>
        public MappingResult.Mapped Result(bool isLink)
        {
            if (isLink) merges.AddRange(persons.Skip(1).Select(other => new PatientMerge(other.Identity, persons[0].Identity.PatientId)));
            return new MappingResult.Mapped(persons[0].Identity, persons[0].Writes, effectiveAt, unmapped)
            {
                Merges = merges,
                Others = [.. persons.Skip(1).Select(person => new MappedPerson(person.Identity, person.Writes))],
            };
        }
    }
}
