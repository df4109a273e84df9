using System.Globalization;
using System.Text.Json;
using Health.Contracts;
using Health.Fhir.Records;
using Health.Fhir.Search;
using Health.Fhir.Wire;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Health.Fhir.Interactions;

/// <summary>
/// history of an instance, a type or the system, newest first, with _since, _count and _at.
/// http://hl7.org/fhir/R4/http.html#history. The next link carries a sequence of the log in a signed token, so pages neither repeat nor skip while data changes.
/// </summary>
public static class History
{
    private const int DefaultCount = 50, MaxCount = 500;

    /// <summary>Resources of a type from which on its versions are found by going back in the log.</summary>
    private const int Frequent = 5000;
    private const string Columns = "r.rid, e.stream_id, e.version, e.seq_id, e.type, e.bdata, r.institution";

    private static readonly string[] Known = ["_since", "_at", "_count", "_sort", "_page", "_format", "_pretty"];

    public static void Map(IEndpointRouteBuilder fhir)
    {
        var tokens = fhir.ServiceProvider.GetRequiredService<PageToken>();
        ValueTask<FhirAnswer> Answer(FhirRequest request, CancellationToken ct) => Handle(request, tokens, ct);
        FhirDoor.Map(fhir, "/{type}/{id}/_history", ["GET", "HEAD"], "history-instance", Answer);
        FhirDoor.Map(fhir, "/{type}/_history", ["GET", "HEAD"], "history-type", Answer);
        FhirDoor.Map(fhir, "/_history", ["GET", "HEAD"], "history-system", Answer);
    }

    private sealed record Window(DateTimeOffset? Since, DateRange? At, int Count, long? Before);

    private static async ValueTask<FhirAnswer> Handle(FhirRequest request, PageToken tokens, CancellationToken ct)
    {
        var (filter, denied) = await request.Authorise(AccessKind.Read, request.Type ?? "*", ct);
        if (denied is not null) return FhirAnswer.Of(denied);
        var path = request.Id is not null ? $"{request.Type}/{request.Id}/_history" : request.Type is not null ? $"{request.Type}/_history" : "_history";
        var links = new PageLinks(tokens, request, $"{request.BaseUrl}/{path}");
        var (window, refusal) = Read(request, links);
        if (refusal is not null) return FhirAnswer.Of(refusal);
        if (request.Id is not null && !await request.Services.Records.IsVisible(request.Type!, request.Id, filter, ct))
        {
            var unknown = Refusal.NotFound($"{request.Type}/{request.Id} is not known.");
            await request.RecordRefusal("R", "history", path, unknown, ct);
            return FhirAnswer.Of(unknown);
        }

        var records = await Query(request, window!, filter, ct);
        var more = records.Count > window!.Count;
        if (more) records.RemoveAt(records.Count - 1);
        var residents = records.Select(record => record.ResidentId).Distinct().ToList();
        await request.RecordRead("history", path, residents.Count == 1 ? residents[0] : null, ct, request.Query.Length > 0 ? request.Query : null);
        return new FhirAnswer(200) { Body = Bundle(request, links, records, more) };
    }

    private static async ValueTask<List<StoredRecord>> Query(FhirRequest request, Window window, AccessFilter filter, CancellationToken ct)
    {
        List<object> parameters = [];
        string Add(object value)
        {
            parameters.Add(value);
            return "$" + parameters.Count;
        }

        // One stream by its key; everything, or a frequent type, by the log backwards, which ends at the page; a rare type by its streams, since
        // the log may be long between two of its versions.
        var from = request.Id is not null
            ? $"from events.mt_events e join fhir.resource r on r.type = {Add(request.Type!)} and r.id = {Add(request.Id)} where e.stream_id = $1 || '/' || $2"
            : request.Type is not null && await IsRare(request, request.Type, ct) ? "from fhir.resource r join events.mt_events e on e.stream_id = r.type || '/' || r.id where true"
            : "from events.mt_events e join fhir.resource r on r.type = split_part(e.stream_id, '/', 1) and r.id = split_part(e.stream_id, '/', 2) where true";
        var sql = $"select {Columns} {from} and e.type = any({Add(new[] { ResourceCreated.Name, ResourceUpdated.Name, ResourceDeleted.Name })})";
        if (request.Id is null && request.Type is not null) sql += $" and r.type = {Add(request.Type)}";
        if (window.Since is { } since) sql += $" and e.timestamp >= {Add(since.UtcDateTime)}";
        if (window.At is { } at)
        {
            // Current at some moment of that time: begun before its end, and not followed by another version up to its beginning.
            sql += $" and e.timestamp < {Add(at.High)} and not exists (select 1 from events.mt_events later where later.stream_id = e.stream_id and later.version = e.version + 1 and later.timestamp <= {Add(at.Low)})";
        }

        if (window.Before is { } before) sql += $" and e.seq_id < {Add(before)}";
        sql += $" and {AccessFilterSql.Compile(filter, parameters)} order by e.seq_id desc limit {Add(window.Count + 1)}";
        return await request.Services.Records.Query(sql, parameters, ct);
    }

    private static async ValueTask<bool> IsRare(FhirRequest request, string type, CancellationToken ct)
    {
        await using var command = request.Services.Database.CreateCommand($"select count(*) from (select 1 from fhir.resource r where r.type = $1 limit {Frequent}) few");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = type });
        return (long)(await command.ExecuteScalarAsync(ct))! < Frequent;
    }

    private static (Window?, Refusal?) Read(FhirRequest request, PageLinks links)
    {
        foreach (var name in request.Parameters.Keys)
            if (!Known.Contains(name)) return (null, Refusal.NotSupported($"The parameter '{name}' is not known to history."));
        DateTimeOffset? since = null;
        if (request.Parameter("_since") is { } begin)
        {
            if (!Instants.TryRead(begin, request.Services.Zone, out var instant)) return (null, Refusal.Invalid("_since is an instant such as 2026-01-01T08:00:00+08:00.", "_since"));
            since = instant;
        }

        DateRange? at = null;
        if (request.Parameter("_at") is { } moment)
        {
            if (!DateRange.TryParse(moment, request.Services.Zone, out var time)) return (null, Refusal.Invalid("_at is a date or a time such as 2026-01-01T08:00:00+08:00.", "_at"));
            at = time;
        }

        if (request.Parameter("_sort") is not (null or "-_lastUpdated")) return (null, Refusal.NotSupported("A history is sorted by -_lastUpdated.", "_sort"));
        var count = DefaultCount;
        if (request.Parameter("_count") is { } text && (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out count) || count < 1)) return (null, Refusal.Invalid("_count is a positive number."));
        long? before = null;
        if (request.Parameter("_page") is { } token)
        {
            if (links.Read(token) is not { } page) return (null, PageLinks.Invalid);
            before = page.Horizon;
        }

        return (new Window(since, at, Math.Min(count, MaxCount), before), null);
    }

    private static byte[] Bundle(FhirRequest request, PageLinks page, List<StoredRecord> records, bool more)
    {
        var links = new List<(string, string)> { ("self", page.Self) };
        if (more) links.Add(("next", page.Next(new PageState(records[^1].Sequence, new PagePosition([], 0), null))!));
        return BundleWriter.Write("history", null, links, records, (json, record) => Entry(json, request, record));
    }

    private static void Entry(Utf8JsonWriter json, FhirRequest request, StoredRecord record)
    {
        json.WriteString("fullUrl", $"{request.BaseUrl}/{record.ResourceType}/{record.Id}");
        if (record.Json is { IsEmpty: false } body)
        {
            json.WritePropertyName("resource");
            json.WriteRawValue(body.Span, skipInputValidation: true);
        }

        json.WriteStartObject("request");
        json.WriteString("method", record.Deleted ? "DELETE" : record.Version == 1 ? "POST" : "PUT");
        json.WriteString("url", record.Version == 1 ? record.ResourceType : $"{record.ResourceType}/{record.Id}");
        json.WriteEndObject();
        json.WriteStartObject("response");
        json.WriteString("status", record.Deleted ? "204" : record.Version == 1 ? "201" : "200");
        json.WriteString("etag", FhirHeaders.ETag(record.Version));
        json.WriteString("lastModified", ResourceBytes.Instant(record.LastUpdated));
        json.WriteEndObject();
    }
}
