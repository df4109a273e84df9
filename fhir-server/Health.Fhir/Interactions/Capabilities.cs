using System.Buffers;
using System.Text.Json;
using Health.Fhir.Records;
using Health.Fhir.Terminology;
using Health.Fhir.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Health.Fhir.Interactions;

/// <summary>
/// capabilities: the CapabilityStatement, generated from what is mapped. http://hl7.org/fhir/R4/http.html#capabilities
/// The one interaction that asks for no token.
/// </summary>
public static class Capabilities
{
    private static readonly string[] SystemInteractions = ["transaction", "batch", "history-system", "search-system"], Writing = ["create", "update", "patch", "delete"];

    public static void Map(IEndpointRouteBuilder fhir) => fhir.MapMethods("/metadata", ["GET", "HEAD"], Handle).AllowAnonymous();

    private static async Task Handle(HttpContext http)
    {
        if (WireFormat.Negotiate(http, http.Request.Query["_format"], http.Request.Query["_pretty"]) is { } unanswerable)
        {
            await FhirAnswerWriter.Write(http, FhirAnswer.Of(unanswerable), http.RequestAborted);
            return;
        }

        var services = http.RequestServices.GetRequiredService<FhirServices>();
        var routes = http.RequestServices.GetRequiredService<FhirRoutes>();
        var body = Write($"{http.Request.Scheme}://{http.Request.Host}/fhir", routes, http.RequestServices.GetService<SearchCapability>(), services.Time.GetUtcNow());
        await FhirAnswerWriter.Write(http, new FhirAnswer(200) { Body = body }, http.RequestAborted);
    }

    private static ReadOnlyMemory<byte> Write(string baseUrl, FhirRoutes routes, SearchCapability? search, DateTimeOffset now)
    {
        var buffer = new ArrayBufferWriter<byte>(64 * 1024);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("resourceType", "CapabilityStatement");
            json.WriteString("status", "active");
            json.WriteString("date", ResourceBytes.Instant(now));
            json.WriteString("kind", "instance");
            json.WriteStartObject("software");
            json.WriteString("name", "Health");
            json.WriteString("version", typeof(Capabilities).Assembly.GetName().Version!.ToString(3));
            json.WriteEndObject();
            json.WriteStartObject("implementation");
            json.WriteString("description", "Regional health information platform");
            json.WriteString("url", baseUrl);
            json.WriteEndObject();
            json.WriteString("fhirVersion", "4.0.1");
            Strings(json, "format", ["application/fhir+json", "application/fhir+xml", "json", "xml"]);
            Strings(json, "patchFormat", ["application/fhir+json", "application/fhir+xml", "application/json-patch+json", "application/merge-patch+json"]);
            json.WriteStartArray("rest");
            Rest(json, routes, search);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    private static void Rest(Utf8JsonWriter json, FhirRoutes routes, SearchCapability? search)
    {
        json.WriteStartObject();
        json.WriteString("mode", "server");
        json.WriteStartObject("security");
        json.WriteStartArray("service");
        json.WriteStartObject();
        json.WriteStartArray("coding");
        json.WriteStartObject();
        json.WriteString("system", "http://terminology.hl7.org/CodeSystem/restful-security-service");
        json.WriteString("code", "OAuth");
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteString("description", "OAuth 2.0 bearer tokens with SMART v2 scopes; purpose of use in X-Purpose-Of-Use; every access is recorded.");
        json.WriteEndObject();
        json.WriteStartArray("resource");
        foreach (var type in ResourceTypes.All.Order(StringComparer.Ordinal)) Resource(json, type, routes, search);
        json.WriteEndArray();
        Interactions(json, routes.Names.Where(SystemInteractions.Contains));
        Operations(json, null, routes);
        json.WriteEndObject();
    }

    private static void Resource(Utf8JsonWriter json, string type, FhirRoutes routes, SearchCapability? search)
    {
        json.WriteStartObject();
        json.WriteString("type", type);
        if (RegionConformance.ProfilesOf(type) is { Length: > 0 } profiles) Strings(json, "supportedProfile", profiles);
        var isWritable = !ResourceTypes.IsReadOnly(type);
        Interactions(json, routes.Names.Where(name => name is not ("async-status" or "async-cancel") && !SystemInteractions.Contains(name) && !name.StartsWith('$') && (isWritable || !Writing.Contains(name))));
        json.WriteString("versioning", isWritable ? "versioned-update" : "versioned");
        json.WriteBoolean("readHistory", true);
        json.WriteBoolean("updateCreate", isWritable);
        json.WriteBoolean("conditionalCreate", isWritable);
        json.WriteString("conditionalRead", "full-support");
        // A Subscription is bound to its id, so it is updated by that.
        json.WriteBoolean("conditionalUpdate", isWritable && type != "Subscription");
        json.WriteString("conditionalDelete", isWritable ? "multiple" : "not-supported");
        Strings(json, "referencePolicy", ["literal", "logical"]);
        if (search is not null && search.ParametersOf(type).ToList() is { Count: > 0 } parameters)
        {
            json.WriteStartArray("searchParam");
            foreach (var (name, kind, definition, indexing) in parameters)
            {
                json.WriteStartObject();
                if (indexing is not null)
                {
                    json.WriteStartArray("extension");
                    json.WriteStartObject();
                    json.WriteString("url", SearchCapability.IndexingExtension);
                    json.WriteString("valueString", indexing);
                    json.WriteEndObject();
                    json.WriteEndArray();
                }
                json.WriteString("name", name);
                if (definition is not null) json.WriteString("definition", definition);
                json.WriteString("type", kind);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        Operations(json, type, routes);
        json.WriteEndObject();
    }

    private static void Operations(Utf8JsonWriter json, string? type, FhirRoutes routes)
    {
        if (routes.OperationsOf(type).ToList() is not { Count: > 0 } names) return;
        json.WriteStartArray("operation");
        foreach (var name in names)
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteString("definition", OperationNames.DefinitionOf(type, name));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Interactions(Utf8JsonWriter json, IEnumerable<string> names)
    {
        json.WriteStartArray("interaction");
        foreach (var name in names)
        {
            json.WriteStartObject();
            json.WriteString("code", name);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Strings(Utf8JsonWriter json, string name, string[] values)
    {
        json.WriteStartArray(name);
        foreach (var value in values) json.WriteStringValue(value);
        json.WriteEndArray();
    }
}
