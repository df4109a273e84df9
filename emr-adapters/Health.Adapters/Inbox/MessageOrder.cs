using Health.Adapters.Mapping;
using Health.Adapters.Mapping.Segments;
using Health.Adapters.Sources;
using Health.Contracts;
using Health.Hl7v2;

namespace Health.Adapters.Inbox;

/// <summary>
/// What a message is in order with, blind: the institution and the number from which the mapper derives the Patient (wherever in PID it stands), else PV1-19.1, else
/// nothing. A message about several patients, or with a prior number (MRG-1.1), is in order with each of them.
/// </summary>
internal static class MessageOrder
{
    public static (Guid First, IReadOnlyList<Guid> More) Of(IKeyring keyring, Hl7Message message, SourceProfile source, string messageId)
    {
        var keys = new HashSet<Guid>();
        var moves = source.MovedFields.Count > 0;
        // More persons than the mapper takes are refused by it: their order is nobody's.
        if (moves && message.Segment("PID", 2).Exists && !message.Segment("PID", SeveralPersons.Most + 1).Exists)
        {
            // Each person's fields are moved among their own segments, as the mapper does it.
            foreach (var part in SeveralPersons.Parts(message))
                using (part) Add(keys, keyring, MovedFields.Apply(part, source), source);
        }
        else
        {
            Add(keys, keyring, moves ? MovedFields.Apply(message, source) : message, source);
        }

        if (keys.Count == 0)
            keys.Add(message.Get("PV1-19.1") is { } visit ? keyring.Blind("adapters.order.visit", $"{source.InstitutionCode}|{visit}") : keyring.Blind("adapters.order.message", messageId));
        // A set that only grew keeps the order in which it did.
        return (keys.First(), keys.Count == 1 ? [] : [.. keys.Skip(1)]);
    }

    private static void Add(HashSet<Guid> keys, IKeyring keyring, Hl7Message message, SourceProfile source)
    {
        var names = SourceNames.Of(source);
        foreach (var pid in message.Segments("PID"))
            if (PatientNumbers.Key(PatientNumbers.Read(pid, names, static _ => { }), names) is { } number) keys.Add(OfPatient(keyring, source, number));
        foreach (var segment in message.Segments("MRG"))
            foreach (var prior in segment[1].Repetitions)
                if (prior.Component(1).TextOrNull() is { } number) keys.Add(OfPatient(keyring, source, number));
    }

    private static Guid OfPatient(IKeyring keyring, SourceProfile source, string number) => keyring.Blind("adapters.order.patient", $"{source.InstitutionCode}|{number}");
}
