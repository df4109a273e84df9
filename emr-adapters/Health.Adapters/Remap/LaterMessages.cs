using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Health.Adapters.Inbox;
using Health.Contracts;
using Npgsql;

namespace Health.Adapters.Remap;

/// <summary>Keeps what is newer when a message is mapped after its time: by a remap, a replay or a correction.</summary>
internal sealed class LaterMessages(NpgsqlDataSource database, IRecordStore records, StoredMapping mapping)
{
    /// <param name="orderKeys">The patients of the message.</param>
    /// <param name="place">Where it stands; every record of them beyond it is later.</param>
    public async Task<WhatStays> Of(IReadOnlyList<Guid> orderKeys, long place, CancellationToken ct)
    {
        var patient = await DoneMessage.InOrder(database, orderKeys, ct);
        List<(string Reference, JsonObject Patch)> patches = [];
        foreach (var message in patient.Where(other => other.Place > place).OrderBy(other => other.Place))
            if (await mapping.Of(message.Message, ct) is { } mapped)
                patches.AddRange(mapped.AllWrites.Select(write => (WhatStays.Reference(write), WhatStays.Parse(write.Json))));
        return new WhatStays(records, patient.SelectMany(message => message.Resources).ToList(), patches.ToLookup(one => one.Reference, one => one.Patch));
    }
}

/// <summary>A write of an older message beside what later ones said and what is stored.</summary>
/// <param name="versions">What the messages of the patients wrote: <c>Patient/id/_history/version</c>.</param>
/// <param name="later">Patches of later messages, by resource.</param>
internal sealed class WhatStays(IRecordStore records, IReadOnlyList<string> versions, ILookup<string, JsonObject> later)
{
    /// <summary>Characters as they are: the store keeps the bytes it gets.</summary>
    private static readonly JsonSerializerOptions AsWritten = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Reference(RecordWrite write) => $"{write.ResourceType}/{write.Id}";

    public static JsonObject Parse(ReadOnlyMemory<byte> json) => JsonNode.Parse(json.Span)!.AsObject();

    /// <summary>For a message that is a record already: what the write still has to say; whether it is kept back because others wrote the resource since.</summary>
    public async Task<(RecordWrite? Write, IReadOnlyList<string> News, bool IsForeign)> Rest(RecordWrite write, CancellationToken ct)
    {
        var (stored, patch, current) = await Beside(write, ct);
        var defaults = write.Defaults.IsEmpty ? null : Parse(write.Defaults);
        var news = MergePatch.News(patch, defaults, stored, write.UnionArrays);
        if (news.Count == 0) return (null, [], false);
        // Deleted, or written by someone else since the last of these messages.
        return current != Known(write) ? (null, [], true) : (Saying(write, patch, current == 0 ? null : current), news, false);
    }

    /// <summary>
    /// For a message that becomes a record after its time: the write without what later messages say. Where something else wrote the resource since (a desk, or
    /// a message that is being recorded now), all that is stored stays, and only what is missing is added. Null when nothing is left, or the resource was deleted.
    /// </summary>
    public async Task<RecordWrite?> Late(RecordWrite write, CancellationToken ct)
    {
        if (write.Kind != WriteKind.Merge) return later.Contains(Reference(write)) ? null : write;
        var (stored, patch, current) = await Beside(write, ct);
        if (current != Known(write))
        {
            if (stored is null) return null;
            patch = MergePatch.Without(patch, stored, write.UnionArrays);
        }

        // Version 0: should another have written the first one meanwhile, this is judged again.
        return patch.Any(member => member.Key is not ("resourceType" or "id")) ? Saying(write, patch, current) : null;
    }

    private async Task<(JsonObject? Stored, JsonObject Patch, long Current)> Beside(RecordWrite write, CancellationToken ct)
    {
        var stored = await records.Read(write.ResourceType, write.Id, ct) is { } bytes ? Parse(bytes) : null;
        var patch = later[Reference(write)].Aggregate(Parse(write.Json), (rest, newer) => MergePatch.Without(rest, newer, write.UnionArrays));
        var current = stored?["meta"]?["versionId"]?.GetValue<string>() is { } text ? long.Parse(text, CultureInfo.InvariantCulture) : 0;
        return (stored, patch, current);
    }

    /// <summary>The last version that a message of these patients wrote.</summary>
    private long Known(RecordWrite write)
    {
        var own = $"{Reference(write)}/_history/";
        return versions.Where(one => one.StartsWith(own, StringComparison.Ordinal)).Select(one => long.Parse(one.AsSpan(own.Length), CultureInfo.InvariantCulture)).DefaultIfEmpty(0).Max();
    }

    private static RecordWrite Saying(RecordWrite write, JsonObject patch, long? expectedVersion) =>
        write with { Json = JsonSerializer.SerializeToUtf8Bytes(patch, AsWritten), ExpectedVersion = expectedVersion };
}
