namespace Health.Fhir.Wire;

/// <summary>The canonical definition of an operation, for the CapabilityStatement.</summary>
internal static class OperationNames
{
    private const string R4 = "http://hl7.org/fhir/OperationDefinition/", Backport = "http://hl7.org/fhir/uv/subscriptions-backport/OperationDefinition/";

    public static string DefinitionOf(string? type, string name) => (type, name) switch
    {
        (null, "export") => "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/export",
        ("Patient", "export") => "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/patient-export",
        ("Group", "export") => "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/group-export",
        ("Subscription", "status") => Backport + "backport-subscription-status",
        ("Subscription", "events") => Backport + "backport-subscription-events",
        ("Subscription", "get-ws-binding-token") => Backport + "backport-subscription-get-ws-binding-token",
        ("Patient", "summary") => "http://hl7.org/fhir/uv/ips/OperationDefinition/summary",
        (_, "meta" or "meta-add" or "meta-delete" or "validate") => $"{R4}Resource-{name}",
        (_, "diff" or "purge" or "import" or "topic-list") or (null, _) => $"urn:health:operation:{name}",
        _ => $"{R4}{type}-{name}",
    };
}
