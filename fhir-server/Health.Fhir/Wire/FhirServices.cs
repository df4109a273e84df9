using Health.Contracts;
using Health.Fhir.Records;
using Health.Fhir.Search;
using Health.Fhir.Terminology;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Health.Fhir.Wire;

/// <summary>What the interactions work with.</summary>
public sealed record FhirServices(
    RecordReader Records,
    RecordCommitter Committer,
    Horizon Horizon,
    SearchEngine Search,
    NpgsqlDataSource Database,
    IKeyring Keyring,
    IResidentIndex Residents,
    IAccessPolicy Policy,
    IAuditTrail Audit,
    NodeIdentity Node,
    TimeProvider Time,
    ILogger<FhirServices> Log)
{
    /// <summary>Zone of times that name none (<c>Health:TimeZone</c>).</summary>
    public LocalZone Zone { get; init; } = LocalZone.Of(ExtractionSettings.China);

    /// <summary>Raw messages (Adapters); null where that module does not run.</summary>
    public IRawMessages? RawMessages { get; init; }

    /// <summary>Checks a Subscription before it is written and stamps it with who asked; null where no subscriptions run.</summary>
    public Func<FhirRequest, string, ReadOnlyMemory<byte>, CancellationToken, ValueTask<(ReadOnlyMemory<byte> Json, Refusal? Refusal)>>? AdmitSubscription { get; init; }

    /// <summary>Profiles and terminology; null in a test that has none.</summary>
    public ConformanceStore? Conformance { get; init; }

    /// <summary>Every interaction by its address, for an entry of a bundle and for Allow.</summary>
    public FhirRoutes Routes { get; init; } = new();

    /// <summary>What a resource of a type that makes the server do something must pass before it is written.</summary>
    public Func<FhirRequest, string, ReadOnlyMemory<byte>, CancellationToken, ValueTask<(ReadOnlyMemory<byte> Json, Refusal? Refusal)>>? Admission(string type) => type switch
    {
        "Subscription" => AdmitSubscription,
        "SearchParameter" => AdmitSearchParameter,
        _ => null,
    };

    private static ValueTask<(ReadOnlyMemory<byte> Json, Refusal? Refusal)> AdmitSearchParameter(FhirRequest request, string id, ReadOnlyMemory<byte> body, CancellationToken ct)
    {
        using var document = System.Text.Json.JsonDocument.Parse(body);
        return new((body, CustomDefinition.TryRead(document.RootElement).Refusal));
    }
}
