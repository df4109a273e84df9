using System.Buffers;
using System.Text.Json;
using Health.Contracts;
using Health.Fhir.Search;
using Health.Fhir.Wire;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Health.Fhir.Interactions;

/// <summary><c>GET SearchParameter/$status</c>: the search parameters defined on this server, and how far each is indexed.</summary>
public static class SearchParameterStatus
{
    public static void Map(IEndpointRouteBuilder fhir)
    {
        var catalogue = fhir.ServiceProvider.GetRequiredService<ParameterCatalogue>();
        FhirDoor.Map(fhir, "/SearchParameter/$status", ["GET"], "$status", (request, ct) => Handle(request with { Type = "SearchParameter" }, catalogue, ct));
    }

    private static async ValueTask<FhirAnswer> Handle(FhirRequest request, ParameterCatalogue catalogue, CancellationToken ct)
    {
        var (_, denied) = await request.Authorise(AccessKind.Read, "SearchParameter", ct);
        if (denied is not null) return FhirAnswer.Of(denied);
        await request.RecordRead("$status", "SearchParameter", null, ct);
        return new FhirAnswer(200) { Body = Write(catalogue.Customs.Values.OrderBy(custom => custom.Name, StringComparer.Ordinal)) };
    }

    private static ReadOnlyMemory<byte> Write(IEnumerable<CustomParameter> customs)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("resourceType", "Parameters");
            json.WriteStartArray("parameter");
            foreach (var custom in customs)
            {
                json.WriteStartObject();
                json.WriteString("name", custom.Name);
                json.WriteStartArray("part");
                Part(json, "code", () => json.WriteString("valueCode", custom.Parameter.Code));
                Part(json, "ready", () => json.WriteBoolean("valueBoolean", custom.IsReady));
                Part(json, "done", () => json.WriteNumber("valueDecimal", custom.Done));
                Part(json, "of", () => json.WriteNumber("valueDecimal", custom.Of));
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return buffer.WrittenMemory;
    }

    private static void Part(Utf8JsonWriter json, string name, Action value)
    {
        json.WriteStartObject();
        json.WriteString("name", name);
        value();
        json.WriteEndObject();
    }
}
