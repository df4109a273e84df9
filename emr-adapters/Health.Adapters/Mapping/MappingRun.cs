using Health.Contracts;
using Health.Hl7v2;

namespace Health.Adapters.Mapping;

/// <summary>One message on its way: what is written so far, whom it concerns, and what could not be mapped.</summary>
internal sealed class MappingRun
{
    private readonly MappingContext context;
    private readonly List<RecordWrite> writes = [];
    private readonly List<string> unmapped = [];
    private readonly Dictionary<(string Kind, string Key), int> keys = [];
    private readonly bool[] taken;

    public MappingRun(Hl7Message message, MappingContext context)
    {
        Message = message;
        this.context = context;
        Zone = context.Source.DefaultOffset;
        taken = new bool[message.SegmentCount];
    }

    public Hl7Message Message { get; }
    public TimeSpan Zone { get; }
    public string Institution => context.Source.InstitutionCode;
    public string MessageId => context.MessageId;
    public DateTimeOffset ReceivedAt => context.ReceivedAt;

    /// <summary>The open test source takes what names nobody; a hospital's message without a patient number is refused.</summary>
    public bool AcceptsNobody => context.Source.AcceptsUnknownSenders;

    public PatientIdentity? Identity { get; set; }
    public string? PatientId { get; set; }
    public string? EncounterId { get; set; }
    public IReadOnlyList<RecordWrite> Writes => writes;
    public IReadOnlyList<string> UnmappedPaths => unmapped;

    /// <summary>A system URI of the institution's own: <c>urn:health:institution:CODE:practitioner</c>.</summary>
    public string OwnSystem(string kind) => $"urn:health:institution:{Institution}:{kind}";

    public string? LocalCodeSystem(string name) => context.Source.LocalCodeSystems.GetValueOrDefault(name);

    public string DeriveId(string kind, string system, string value) => context.DeriveId(kind, system, value);

    /// <summary>
    /// The id of a resource the institution names by <paramref name="key"/>. The same key a second time in one message means a second
    /// thing, so it gets the next number of its own.
    /// </summary>
    public string Id(string kind, string key)
    {
        var count = keys.GetValueOrDefault((kind, key)) + 1;
        keys[(kind, key)] = count;
        return context.DeriveId(kind, OwnSystem(kind.ToLowerInvariant()), count == 1 ? key : $"{key}#{count}");
    }

    /// <param name="unions">Arrays of which the message may name a part only: what it does not name stays.</param>
    public void Add(Patch patch, string id, ReadOnlyMemory<byte> defaults = default, params IReadOnlyList<string> unions) =>
        writes.Add(new RecordWrite(WriteKind.Merge, patch.ResourceType, id, patch.Finish()) { Defaults = defaults, UnionArrays = unions });

    public bool IsTaken(int position) => taken[position];

    /// <summary>Marks the segment as mapped and reports its fields outside <paramref name="mapped"/> that carry something.</summary>
    public void Take(SegmentView segment, in FieldSet mapped)
    {
        if (!segment.Exists) return;
        taken[segment.Position] = true;
        for (var field = 1; field <= segment.FieldCount; field++)
            if (!mapped.Contains(field) && segment[field].Presence != Hl7Presence.Absent) unmapped.Add(segment.PathOf(field));
    }

    /// <summary>Takes note of a place whose value could not be used.</summary>
    public void Unmapped(string path) => unmapped.Add(path);

    /// <summary>Reports every segment that no mapping has taken, headers apart.</summary>
    public void LeaveRest()
    {
        for (var i = 0; i < Message.SegmentCount; i++)
        {
            if (taken[i]) continue;
            taken[i] = true;
            var segment = Message.SegmentAt(i);
            if (!segment.Is("MSH") && !segment.Is("EVN") && !segment.Is("SFT") && !segment.Is("UAC")) unmapped.Add(segment.PathOf());
        }
    }

    /// <summary>When it happened, as far as the message says: EVN-6, EVN-2, OBR-22, MSH-7.</summary>
    public DateTimeOffset? EffectiveAt()
    {
        foreach (var path in (string[])["EVN-6", "EVN-2", "OBR-22", "MSH-7"])
            if (Message.Find(path).Sub(1).TextOrNull() is { } text && Hl7Timestamp.TryParse(text.Split('^')[0], out var at)) return at.ToInstant(Zone);
        return null;
    }
}
