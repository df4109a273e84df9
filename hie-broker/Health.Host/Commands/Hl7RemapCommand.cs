using System.CommandLine;
using System.Net.Http.Json;
using System.Text.Json;
using Spectre.Console;

namespace Health.Host.Commands;

/// <summary><c>health hl7 remap</c>: page by page through the platform; cut off, it goes on where it was.</summary>
internal static class Hl7RemapCommand
{
    private static readonly string[] Kinds = ["changed", "unchanged", "leftAlone", "refused", "conflicts"];

    public static Command Create()
    {
        var platform = new PlatformAddress.Options();
        var since = new Option<DateTimeOffset>("--since") { Description = "Messages received then or later, such as 2026-11-01T00:00:00Z.", Required = true };
        var source = new Option<string?>("--source") { Description = "Id of the source profile." };
        var type = new Option<string?>("--type") { Description = "Type and trigger such as ADT^A08." };
        var dryRun = new Option<bool>("--dry-run") { Description = "Says what would change and writes nothing." };
        var remap = new Command("remap", "Maps messages again with the present mapper and appends versions where the result differs. 重新映射");
        remap.Options.Add(since);
        remap.Options.Add(source);
        remap.Options.Add(type);
        remap.Options.Add(dryRun);
        platform.AddTo(remap);
        remap.SetAction((parsed, ct) => Remap(platform.Read(parsed), Query(parsed.GetValue(since), parsed.GetValue(source), parsed.GetValue(type), parsed.GetValue(dryRun)), ct));
        return remap;
    }

    private static string Query(DateTimeOffset since, string? source, string? type, bool isDryRun) =>
        $"since={Uri.EscapeDataString(since.ToString("O"))}&dryRun={(isDryRun ? "true" : "false")}"
        + (source is null ? "" : $"&source={Uri.EscapeDataString(source)}") + (type is null ? "" : $"&type={Uri.EscapeDataString(type)}");

    private static async Task<int> Remap(PlatformAddress platform, string query, CancellationToken ct)
    {
        using var operators = await PlatformClient.Connect(platform, "demo-operator", ct);
        SortedDictionary<(string Source, string Type), Row> rows = [];
        Progress? progress = null;
        for (long? after = 0; after is not null;)
        {
            using var answer = await operators.PostAsync($"/adapters/remap?{query}&after={after}", null, ct);
            if (!answer.IsSuccessStatusCode) throw new InvalidOperationException($"The platform answered {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync(ct)}");
            var page = await answer.Content.ReadFromJsonAsync<JsonElement>(ct);
            progress ??= new Progress("messages", page.GetProperty("total").GetInt64());
            progress.Add(page.GetProperty("examined").GetInt32());
            foreach (var count in page.GetProperty("counts").EnumerateArray()) Add(rows, count);
            after = page.GetProperty("next") is { ValueKind: JsonValueKind.Number } next ? next.GetInt64() : null;
        }

        progress!.End();
        Print(rows);
        return rows.Values.Any(row => row.Counts[3] + row.Counts[4] > 0) ? 1 : 0;
    }

    private static void Add(SortedDictionary<(string, string), Row> rows, JsonElement count)
    {
        var key = (count.GetProperty("source").GetString()!, count.GetProperty("type").GetString()!);
        if (!rows.TryGetValue(key, out var row)) rows[key] = row = new Row(new int[Kinds.Length], new(StringComparer.Ordinal));
        for (var i = 0; i < Kinds.Length; i++) row.Counts[i] += count.GetProperty(Kinds[i]).GetInt32();
        foreach (var element in count.GetProperty("elements").EnumerateObject()) row.Elements[element.Name] = row.Elements.GetValueOrDefault(element.Name) + element.Value.GetInt32();
    }

    private static void Print(SortedDictionary<(string Source, string Type), Row> rows)
    {
        var table = new Table().AddColumns("source", "type", "changed", "unchanged", "left alone", "refused", "conflicts", "elements");
        foreach (var (key, row) in rows)
            table.AddRow([Markup.Escape(key.Source), Markup.Escape(key.Type), .. row.Counts.Select(count => $"{count}"), string.Join(", ", row.Elements.Select(one => $"{one.Key} {one.Value}"))]);
        AnsiConsole.Write(table);
    }

    private sealed record Row(int[] Counts, SortedDictionary<string, int> Elements);
}
