using System.Globalization;
using Health.Adapters.Mapping.Maps;
using Health.Adapters.Mapping.Messages;
using Health.Adapters.Mapping.Segments;
using Health.Adapters.Mapping.Tables;
using Health.Contracts;
using Health.Hl7v2;

namespace Health.Adapters.Mapping;

/// <summary>One message on its way: what is written so far, whom it concerns, and what could not be mapped.</summary>
internal sealed class MappingRun
{
    private readonly MappingContext context;
    private readonly SourceNames names;
    private readonly List<RecordWrite> writes = new(16);
    private readonly List<string> unmapped = [];
    private readonly List<PatientMerge> merges = [];
    private readonly List<(string Kind, string Key)> keys = new(16);
    private readonly bool[] taken;
    private Patch? defaults;

    public MappingRun(Hl7Message message, MappingContext context)
    {
        Message = message;
        this.context = context;
        names = SourceNames.Of(context.Source);
        Zone = names.Zone;
        taken = new bool[message.SegmentCount];
        (MessageCode, TriggerEvent) = (message.MessageCode, message.TriggerEvent);
    }

    public Hl7Message Message { get; }
    public string MessageCode { get; }
    public string TriggerEvent { get; }
    public TimeSpan Zone { get; }
    public string Institution => context.Source.InstitutionCode;

    /// <summary>The id of the stored message; of a second person within it, an id of its own.</summary>
    public string MessageId => OfPerson(context.MessageId);

    /// <summary>What the institution calls the message (MSH-10), for what has no number of its own.</summary>
    public string MessageKey => OfPerson(Message.ControlId);

    /// <summary>The open test source takes what names nobody; a hospital's message without a patient number is refused.</summary>
    public bool AcceptsNobody => context.Source.AcceptsUnknownSenders;

    public PatientIdentity? Identity { get; set; }
    public string? PatientId { get; set; }
    public string? EncounterId { get; set; }

    /// <summary>The visit that the PV1 of the message is about, and its diagnoses.</summary>
    public Visit? Visit { get; set; }
    public IReadOnlyList<Dg1.Diagnosis> Diagnoses { get; set; } = [];

    /// <summary>The order whose segments are being written.</summary>
    public OrderGroup Order { get; set; }

    public IReadOnlyList<RecordWrite> Writes => writes;
    public IReadOnlyList<string> UnmappedPaths => unmapped;
    public IReadOnlyList<PatientMerge> Merges => merges;

    /// <summary>A system URI of the institution's own: <c>urn:health:institution:CODE:practitioner</c>.</summary>
    public string OwnSystem(string kind) => names.OwnSystem(kind);

    public SourceNames Names => names;

    /// <summary>What the hospital's own table says a local code stands for.</summary>
    public KnownCode? LocalCode(string place, string? system, string? code) => names.HasLocalCodes && code is not null ? names.LocalCode(place, system, code) : null;

    public string DeriveId(string kind, string system, string value) => context.DeriveId(kind, system, value);

    /// <summary>
    /// The id of a resource the institution names by <paramref name="key"/>. The same key a second time in one message means a second
    /// thing, so it gets the next number of its own.
    /// </summary>
    public string Id(string kind, string key)
    {
        var count = 1;
        foreach (var used in keys)
            if (used.Key == key && used.Kind == kind) count++;
        keys.Add((kind, key));
        return context.DeriveId(kind, names.OwnSystemOf(kind), count == 1 ? key : $"{key}#{count}");
    }

    /// <summary>What the resource in hand gets only where nothing is stored.</summary>
    public Patch Defaults => defaults ??= Patch.ForDefaults();

    /// <param name="standing">Defaults that are always the same; those of <see cref="Defaults"/> go before.</param>
    /// <param name="unions">Arrays of which the message may name a part only: what it does not name stays.</param>
    public void Add(Patch patch, string id, ReadOnlyMemory<byte> standing = default, IReadOnlyList<string>? unions = null)
    {
        var ownDefaults = defaults is { SaysSomething: true } some ? some.Finish() : standing;
        defaults = null;
        writes.Add(new RecordWrite(WriteKind.Merge, patch.ResourceType, id, patch.Finish()) { Defaults = ownDefaults, UnionArrays = unions ?? [] });
    }

    public void Merge(PatientMerge merge) => merges.Add(merge);

    public bool IsTaken(int position) => taken[position];

    /// <summary>Marks the segment as mapped, once, and reports its fields that carry something none of the maps reads.</summary>
    public void Take(SegmentView segment, params ReadOnlySpan<SegmentMap> maps)
    {
        if (!segment.Exists || taken[segment.Position]) return;
        taken[segment.Position] = true;
        for (var field = 1; field <= segment.FieldCount; field++)
        {
            var isRead = false;
            foreach (var map in maps) isRead |= map.Reads(field);
            if (!isRead && segment[field].Presence != Hl7Presence.Absent) unmapped.Add(segment.PathOf(field));
        }
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

    private string OfPerson(string name) => context.Person == 1 ? name : string.Create(CultureInfo.InvariantCulture, $"{name}#{context.Person}");

    /// <summary>When it happened, as far as the message says: EVN-6, EVN-2, OBR-22, MSH-7.</summary>
    public DateTimeOffset? EffectiveAt()
    {
        var evn = Message.Segment("EVN");
        var time = Values.Times.Time(evn[6].Component(1)) ?? Values.Times.Time(evn[2].Component(1))
            ?? Values.Times.Time(Message.Segment("OBR")[22].Component(1)) ?? Values.Times.Time(Message.Segment("MSH")[7].Component(1));
        return time?.ToInstant(Zone);
    }
}
