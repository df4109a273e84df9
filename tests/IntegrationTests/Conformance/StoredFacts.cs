using System.Text;
using System.Text.Json.Nodes;
using Health.IntegrationTests.Platform;
using Marten;
using Marten.Events;
using Microsoft.Extensions.DependencyInjection;
using IEventBinarySerializer = JasperFx.Events.IEventBinarySerializer;

namespace Health.IntegrationTests.Conformance;

/// <summary>A stored event as the event store knows it: the frozen name, the type, and the serializer of its own, if it has one.</summary>
public sealed record StoredFact(string Name, Type Type, IEventBinarySerializer? Binary)
{
    public string SampleFile => $"{Name}.{(Binary is null ? "json" : "hex")}";
}

/// <summary>All modules, the event store they make together, and the frozen names and samples beside it.</summary>
public sealed class StoredFacts(Database database) : IAsyncLifetime
{
    private ISerializer? json;

    /// <summary>The folder conformance of the repository.</summary>
    public static string Folder { get; } = Path.Combine(Root(), "conformance");

    public static string Samples => Path.Combine(Folder, "samples");

    public IReadOnlyList<StoredFact> All { get; private set; } = [];

    public async ValueTask InitializeAsync()
    {
        await using var host = await TestHost.Start(database);
        var options = host.Services.GetRequiredService<IDocumentStore>().Options;
        json = options.Serializer();
        All =
        [
            .. options.Events.AllKnownEventTypes().Cast<EventMapping>()
                // Marten's own (archived streams, gaps in the sequence) are not facts of the platform.
                .Where(mapping => mapping.DocumentType.Assembly.GetName().Name!.StartsWith("Health.", StringComparison.Ordinal))
                .Select(mapping => new StoredFact(mapping.EventTypeName, mapping.DocumentType, mapping.BinarySerializer))
                .OrderBy(fact => fact.Name, StringComparer.Ordinal),
        ];
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    public StoredFact Named(string name) => All.Single(fact => fact.Name == name);

    /// <summary>How the sample does not read or is not written as it was; null when it is. Reads and writes as the event store does.</summary>
    public string? Fault(StoredFact fact, string sample)
    {
        if (fact.Binary is { } binary)
        {
            var bytes = Convert.FromHexString(sample.Trim());
            return binary.Serialize(fact.Type, binary.Deserialize(fact.Type, bytes)).AsSpan().SequenceEqual(bytes) ? null : "is written as other bytes";
        }

        var read = json!.FromJson(fact.Type, new MemoryStream(Encoding.UTF8.GetBytes(sample)));
        return Difference(JsonNode.Parse(sample), JsonNode.Parse(json.ToJson(read)), "$");
    }

    public string Write(StoredFact fact, object value)
    {
        if (fact.Binary is { } binary) return Convert.ToHexStringLower(binary.Serialize(fact.Type, value)) + "\n";
        return JsonNode.Parse(json!.ToJson(value))!.ToJsonString(new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }) + "\n";
    }

    /// <summary>A member the sample does not know may be added where it is absent (null); nothing else may differ.</summary>
    private static string? Difference(JsonNode? sample, JsonNode? written, string path) => (sample, written) switch
    {
        (JsonObject a, JsonObject b) => a.Select(member => b.ContainsKey(member.Key) ? Difference(member.Value, b[member.Key], $"{path}.{member.Key}") : $"{path}.{member.Key} is lost")
            .Concat(b.Where(member => member.Value is not null && !a.ContainsKey(member.Key)).Select(member => $"{path}.{member.Key} appears"))
            .FirstOrDefault(fault => fault is not null),
        (JsonArray a, JsonArray b) => a.Count != b.Count ? $"{path} has another length" : a.Select((item, i) => Difference(item, b[i], $"{path}[{i}]")).FirstOrDefault(fault => fault is not null),
        _ => JsonNode.DeepEquals(sample, written) ? null : $"{path} is written as {written?.ToJsonString() ?? "null"}",
    };

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Health.sln"))) folder = folder.Parent ?? throw new InvalidOperationException("Health.sln is not above the tests.");
        return folder.FullName;
    }
}
