using System.Text.Json.Serialization;

namespace Health.Broker.Residents;

/// <summary>
/// An event that carries personal facts: <see cref="Sealed"/> is stored (with the resident's key, bound to stream and version), never
/// <see cref="Person"/>, which is there only in memory and null once the key is destroyed.
/// </summary>
internal interface IPersonal
{
    PersonFacts? Person { get; }

    byte[] Sealed { get; }

    IPersonal AsSealed(byte[] bytes);

    IPersonal AsOpened(PersonFacts? person);
}

/// <summary>A resident is known from here on. First event of the stream <c>resident/&lt;id&gt;</c>.</summary>
internal sealed record ResidentRegistered(string ResidentId, string Institution);

/// <summary>A source's Patient belongs to this resident.</summary>
/// <param name="Basis"><c>new</c>, <c>strong-identifier</c>, <c>conflict</c> (own resident until a person decides), <c>manual</c>.</param>
/// <param name="Keys">Kinds of the strong identifiers that met, not their values.</param>
internal sealed record PatientLinked(string ResidentId, string PatientId, string Institution, string Basis, IReadOnlyList<string> Keys, string ModelVersion) : IPersonal
{
    [JsonIgnore]
    public PersonFacts? Person { get; init; }

    public byte[] Sealed { get; init; } = [];

    public IPersonal AsSealed(byte[] bytes) => this with { Sealed = bytes };

    public IPersonal AsOpened(PersonFacts? person) => this with { Person = person };
}

/// <summary>The source of a linked Patient says something new: a name, a number it did not have before. All facts as they are now.</summary>
/// <param name="NewKeys">Kinds of the strong identifiers learned.</param>
internal sealed record PatientFactsChanged(string ResidentId, string PatientId, IReadOnlyList<string> NewKeys) : IPersonal
{
    [JsonIgnore]
    public PersonFacts? Person { get; init; }

    public byte[] Sealed { get; init; } = [];

    public IPersonal AsSealed(byte[] bytes) => this with { Sealed = bytes };

    public IPersonal AsOpened(PersonFacts? person) => this with { Person = person };
}

/// <summary>A person decided that the Patient is somebody else's.</summary>
/// <param name="Reason">Code: see <see cref="ResidentCorrections.Reasons"/>.</param>
internal sealed record PatientUnlinked(string ResidentId, string PatientId, string Reason);

/// <summary>A strong identifier met, but the rest disagrees: a person has to decide. <c>Person</c> is what was presented.</summary>
/// <param name="OtherResidentId">Who has the identifier; null when the resident's own earlier number is contradicted.</param>
internal sealed record IdentityConflictRaised(
    string ResidentId, string PatientId, string? OtherResidentId, IReadOnlyList<string> Keys, string Reason, string ModelVersion) : IPersonal
{
    [JsonIgnore]
    public PersonFacts? Person { get; init; }

    public byte[] Sealed { get; init; } = [];

    public IPersonal AsSealed(byte[] bytes) => this with { Sealed = bytes };

    public IPersonal AsOpened(PersonFacts? person) => this with { Person = person };
}

/// <summary>The resident's key is gone: nothing sealed with it opens again, and the resident can no longer be found.</summary>
internal sealed record ResidentKeyDestroyed(string ResidentId, string Ground);
