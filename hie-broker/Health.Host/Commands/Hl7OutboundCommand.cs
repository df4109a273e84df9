using System.CommandLine;
using System.Net.Http.Json;
using System.Text.Json;
using Spectre.Console;

namespace Health.Host.Commands;

/// <summary><c>health hl7 outbound list|show|retry|discard</c>: what goes to hospitals, and what they did not take.</summary>
internal static class Hl7OutboundCommand
{
    private const int Wide = 160;

    public static Command Create() => new("outbound", "Messages for hospitals: queues, dead letters, send again, give up. 外发队列")
    {
        List(),
        OfOne("show", "Shows a message as it is sent, and the last answer; the look is audited. 查看", Show),
        OfOne("retry", "Sends a dead letter again, or one that waits at once. 重发", (platform, id, ct) => Decide(platform, id, "retry", "goes out again", ct)),
        OfOne("discard", "Gives a message up: it is not sent, and those behind it go on. 放弃", (platform, id, ct) => Decide(platform, id, "discard", "is given up", ct)),
    };

    private static Command List()
    {
        var platform = new PlatformAddress.Options();
        var destination = new Option<string?>("--destination") { Description = "Id of the destination profile." };
        var state = new Option<string?>("--state") { Description = "waiting, delivered, dead, discarded or erased; left out: waiting and dead." };
        var list = new Command("list", "The destinations, and the messages that wait or are dead letters, in their order. 列表");
        list.Options.Add(destination);
        list.Options.Add(state);
        platform.AddTo(list);
        list.SetAction((parsed, ct) => List(platform.Read(parsed), parsed.GetValue(destination), parsed.GetValue(state), ct));
        return list;
    }

    private static Command OfOne(string name, string description, Func<PlatformAddress, string, CancellationToken, Task<int>> run)
    {
        var platform = new PlatformAddress.Options();
        var id = new Argument<string>("id") { Description = "Message id, from list." };
        var command = new Command(name, description);
        command.Arguments.Add(id);
        platform.AddTo(command);
        command.SetAction((parsed, ct) => run(platform.Read(parsed), parsed.GetValue(id)!, ct));
        return command;
    }

    private static async Task<int> List(PlatformAddress platform, string? destination, string? state, CancellationToken ct)
    {
        using var operators = await PlatformClient.Connect(platform, "demo-operator", ct);
        AnsiConsole.Profile.Width = Wide;
        var destinations = new Table().AddColumns("destination", "address", "waiting", "in flight", "oldest", "silent since", "last reason", "dead", "delivered in a day", "log behind");
        foreach (var one in (await operators.GetFromJsonAsync<JsonElement>("/adapters/outbound", ct)).EnumerateArray())
            destinations.AddRow(Cells(one, "destination", "address", "waiting", "inFlight", "oldest", "silentSince", "lastReason", "deadLetters", "deliveredInADay", "lag"));
        AnsiConsole.Write(destinations);
        var messages = new Table().AddColumn("message", column => column.NoWrap()).AddColumns("destination", "type", "resource", "state", "queued", "tries", "errors", "answer", "reason", "passed by");
        for (long? after = 0; after is not null;)
        {
            var page = await PlatformClient.Answer(await operators.GetAsync(
                $"/adapters/outbound/messages?count=200&after={after}{Query("destination", destination)}{Query("state", state)}", ct), ct);
            foreach (var item in page.GetProperty("items").EnumerateArray())
                messages.AddRow(Cells(item, "messageId", "destination", "type", "resource", "state", "queuedAt", "attempts", "errors", "lastCode", "lastReason", "passedBy"));
            after = page.GetProperty("next") is { ValueKind: JsonValueKind.Number } next ? next.GetInt64() : null;
        }

        AnsiConsole.Write(messages);
        Terminal.WriteLine($"{messages.Rows.Count} messages");
        return 0;
    }

    private static async Task<int> Show(PlatformAddress platform, string id, CancellationToken ct)
    {
        using var operators = await PlatformClient.Connect(platform, "demo-operator", ct);
        var content = await PlatformClient.Answer(await operators.GetAsync($"/adapters/outbound/messages/{Uri.EscapeDataString(id)}", ct), ct);
        Terminal.WriteLine(content.GetProperty("text").GetString()?.Replace('\r', '\n') ?? "The message could not be written, or its resident was erased.");
        if (content.GetProperty("answer").GetString() is { } answer) Terminal.WriteLine($"Last answer:\n{answer.Replace('\r', '\n')}");
        return 0;
    }

    private static async Task<int> Decide(PlatformAddress platform, string id, string what, string done, CancellationToken ct)
    {
        using var operators = await PlatformClient.Connect(platform, "demo-operator", ct);
        await PlatformClient.Answer(await operators.PostAsync($"/adapters/outbound/messages/{Uri.EscapeDataString(id)}/{what}", null, ct), ct);
        Terminal.WriteLine($"{id} {done}");
        return 0;
    }

    private static string Query(string name, string? value) => value is null ? "" : $"&{name}={Uri.EscapeDataString(value)}";

    private static string[] Cells(JsonElement element, params string[] names) => [.. names.Select(name => Cell(element, name))];

    private static string Cell(JsonElement element, string name) =>
        element.GetProperty(name) is var value && value.ValueKind == JsonValueKind.Null ? "" : Markup.Escape(value.ToString());
}
