using System.CommandLine;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Spectre.Console;

namespace Health.Host.Commands;

/// <summary><c>health hl7 quarantine list|show|replay</c>: messages that could not become records.</summary>
internal static class Hl7QuarantineCommand
{
    private const int Wide = 160;

    public static Command Create() => new("quarantine", "Messages that wait for a person: list, show one, send through again. 隔离区") { List(), Show(), Replay() };

    private static Command List()
    {
        var platform = new PlatformAddress.Options();
        var filter = new FilterOptions();
        var list = new Command("list", "Lists what waits, oldest first. 列表");
        filter.AddTo(list);
        platform.AddTo(list);
        list.SetAction((parsed, ct) => List(platform.Read(parsed), filter.Query(parsed), ct));
        return list;
    }

    private static Command Show()
    {
        var platform = new PlatformAddress.Options();
        var id = new Argument<string>("id") { Description = "Message id, from list." };
        var show = new Command("show", "Shows a message with its problems marked; the look is audited. 查看");
        show.Arguments.Add(id);
        platform.AddTo(show);
        show.SetAction((parsed, ct) => Show(platform.Read(parsed), parsed.GetValue(id)!, ct));
        return show;
    }

    private static Command Replay()
    {
        var platform = new PlatformAddress.Options();
        var filter = new FilterOptions();
        var id = new Argument<string?>("id") { Description = "Message id; left out: with --all, everything the filter finds.", Arity = ArgumentArity.ZeroOrOne };
        var all = new Option<bool>("--all") { Description = "Everything the filter finds, reused control ids excepted." };
        var replay = new Command("replay", "Sends messages through again as they are, for instance after a mapper fix. 重放");
        replay.Arguments.Add(id);
        replay.Options.Add(all);
        filter.AddTo(replay);
        platform.AddTo(replay);
        replay.Validators.Add(result =>
        {
            if (result.GetValue(id) is null != result.GetValue(all)) result.AddError("replay needs a message id or --all, and not both.");
        });
        replay.SetAction((parsed, ct) => Replay(platform.Read(parsed), parsed.GetValue(id), filter.Query(parsed), ct));
        return replay;
    }

    private static async Task<int> List(PlatformAddress platform, string query, CancellationToken ct)
    {
        using var operators = await PlatformClient.Connect(platform, "demo-operator", ct);
        var table = new Table().AddColumn("message", column => column.NoWrap()).AddColumns("source", "type", "control id", "received", "reason", "place");
        for (long? after = 0; after is not null;)
        {
            var page = await PlatformClient.Answer(await operators.GetAsync($"/adapters/quarantine?count=200&after={after}{query}", ct), ct);
            foreach (var item in page.GetProperty("items").EnumerateArray())
                table.AddRow([.. new[] { "messageId", "source", "type", "controlId", "receivedAt", "errCode", "path" }.Select(name => Markup.Escape(item.GetProperty(name).GetString() ?? ""))]);
            after = page.GetProperty("next") is { ValueKind: JsonValueKind.Number } next ? next.GetInt64() : null;
        }

        AnsiConsole.Profile.Width = Wide;
        AnsiConsole.Write(table);
        Terminal.WriteLine($"{table.Rows.Count} wait");
        return 0;
    }

    private static async Task<int> Show(PlatformAddress platform, string id, CancellationToken ct)
    {
        using var operators = await PlatformClient.Connect(platform, "demo-operator", ct);
        using var answer = await operators.GetAsync($"/adapters/quarantine/{Uri.EscapeDataString(id)}", ct);
        if (answer.StatusCode == HttpStatusCode.NotFound) throw new InvalidOperationException($"No message {id} waits in the quarantine.");
        answer.EnsureSuccessStatusCode();
        var message = await answer.Content.ReadFromJsonAsync<JsonElement>(ct);
        foreach (var segment in message.GetProperty("segments").EnumerateArray())
        {
            Terminal.WriteLine($"{segment.GetProperty("number").GetInt32(),4}  {segment.GetProperty("text").GetString()}");
            foreach (var mark in segment.GetProperty("marks").EnumerateArray())
                Terminal.WriteLine(
                    $"      {new string(' ', mark.GetProperty("start").GetInt32())}{new string('^', Math.Max(1, mark.GetProperty("length").GetInt32()))} {mark.GetProperty("code").GetString()} {mark.GetProperty("path").GetString()}: {mark.GetProperty("text").GetString()}");
        }

        return 0;
    }

    private static async Task<int> Replay(PlatformAddress platform, string? id, string query, CancellationToken ct)
    {
        using var operators = await PlatformClient.Connect(platform, "demo-operator", ct);
        var path = id is null ? $"/adapters/quarantine/replay?{query.TrimStart('&')}" : $"/adapters/quarantine/{Uri.EscapeDataString(id)}/replay";
        using var answer = await operators.PostAsync(path, null, ct);
        if (answer.StatusCode == HttpStatusCode.NotFound) throw new InvalidOperationException($"No message {id} waits in the quarantine, or it has a correction under way.");
        Terminal.WriteLine($"{(await PlatformClient.Answer(answer, ct)).GetProperty("replayed").GetInt32()} sent through again");
        return 0;
    }

    private sealed class FilterOptions
    {
        private readonly List<Option<string?>> options =
        [
            new("--source") { Description = "Id of the source profile." },
            new("--code") { Description = "Reason, HL7 table 0357, such as 101." },
            new("--path") { Description = "Place such as PID-3, or a segment." },
            new("--type") { Description = "Type and trigger such as ADT^A04." },
            new("--since") { Description = "Received then or later, such as 2026-11-01T00:00:00Z." },
            new("--until") { Description = "Received before." },
        ];

        public void AddTo(Command command) => options.ForEach(command.Options.Add);

        public string Query(ParseResult parsed) =>
            string.Concat(options.Select(option => (option.Name, Value: parsed.GetValue(option))).Where(one => one.Value is not null).Select(one => $"&{one.Name[2..]}={Uri.EscapeDataString(one.Value!)}"));
    }
}
