using System.Net;
using System.Text;
using System.Text.Json;
using Health.IntegrationTests.Platform;
using Npgsql;


namespace Health.IntegrationTests.Search;

/// <summary>Broker and Fhir with a database of their own, shared by the search tests; each test writes resources under ids of its own.</summary>
public sealed class SearchHost(Database database) : IAsyncLifetime
{
    public const string Hospital = "MY510703H001", County = "MY510722H001", Centre = "MY510704W001";

    private TestHost? host;

    public TestHost Host => host ?? throw new InvalidOperationException("The host is not started.");

    /// <summary>The municipal hospital's client.</summary>
    public HttpClient Http { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        host = await TestHost.Start(database, ["Broker", "Fhir"], builder =>
        {
            TestCaller.Use(builder);
            // In a small store too some sorts by a date walk the dates.
            builder.Configuration["Health:Search:SortedMatches"] = "4";
        });
        Http = As(Hospital);
    }

    public HttpClient As(string institution, string scopes = "system/*.cruds", string client = "client") => Host.Http.As($"{client}-{institution}", institution, "clinician", scopes);

    public HttpClient Operator => Host.Http.As("demo-operator", null, "operator");

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Host.DisposeAsync();
    }

    /// <summary>Writes a resource given without type and id, as <c>{'status':'final'}</c>, under <paramref name="name"/> (Type/id).</summary>
    public async Task Put(string name, string json, HttpClient? http = null)
    {
        var parts = name.Split('/');
        var body = json.Replace('\'', '"').Trim();
        body = $"{{\"resourceType\":\"{parts[0]}\",\"id\":\"{parts[1]}\"{(body.Length > 2 ? "," : "")}{body[1..]}";
        using var answer = await (http ?? Http).PutAsync($"/fhir/{name}", new StringContent(body, Encoding.UTF8, "application/fhir+json"));
        Assert.True(answer.IsSuccessStatusCode, $"{name}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
    }

    /// <summary>Type/id of the entries, in order; includes are marked with a plus.</summary>
    public async Task<string> Find(string query, HttpClient? http = null) => Names(await Bundle(query, http));

    public async Task<JsonElement> Bundle(string query, HttpClient? http = null)
    {
        using var answer = await (http ?? Http).GetAsync(query.StartsWith("http", StringComparison.Ordinal) ? query : $"/fhir/{query}");
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{query}: {(int)answer.StatusCode} {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    /// <summary>The diagnostics of a refused query.</summary>
    public async Task<string> Refused(string query, HttpClient? http = null)
    {
        using var answer = await (http ?? Http).GetAsync($"/fhir/{query}");
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("issue")[0].GetProperty("diagnostics").GetString()!;
    }

    public static string Names(JsonElement bundle) => bundle.TryGetProperty("entry", out var entries)
        ? string.Join(' ', entries.EnumerateArray().Select(entry =>
        {
            var resource = entry.GetProperty("resource");
            var plus = entry.GetProperty("search").GetProperty("mode").GetString() == "include" ? "+" : "";
            return $"{plus}{resource.GetProperty("resourceType").GetString()}/{resource.GetProperty("id").GetString()}";
        }))
        : "";

    public static string? Link(JsonElement bundle, string relation) => bundle.GetProperty("link").EnumerateArray()
        .Where(link => link.GetProperty("relation").GetString() == relation).Select(link => link.GetProperty("url").GetString()).FirstOrDefault();

    public async Task<T> Scalar<T>(string sql)
    {
        await using var source = NpgsqlDataSource.Create(Host.ConnectionString);
        await using var command = source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async Task Execute(string sql)
    {
        await using var source = NpgsqlDataSource.Create(Host.ConnectionString);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}

[CollectionDefinition(Name)]
public sealed class SearchTests : ICollectionFixture<SearchHost>
{
    public const string Name = "search";
}
