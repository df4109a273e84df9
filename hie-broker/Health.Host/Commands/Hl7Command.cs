using System.CommandLine;
using System.Net.Http.Json;
using System.Text.Json;

namespace Health.Host.Commands;

/// <summary><c>health hl7 send</c>: messages from files over MLLP, then a table of what became of them.</summary>
public static class Hl7Command
{
    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(200);

    public static Command Create()
    {
        var send = new Command("send", "Sends HL7 v2 messages and batch files over MLLP and prints what became of them; exit code 1 when one was refused or not answered. 发送 HL7 v2 消息");
        var platform = new PlatformAddress.Options();
        var paths = new Argument<string[]>("paths") { Description = "Files or folders (.hl7, .txt).", Arity = ArgumentArity.OneOrMore };
        var keep = new Option<bool>("--keep-control-ids")
        {
            Description = "Send control ids as they are, even where several messages share one. Otherwise those get an id made from their content, the same in every run.",
        };
        send.Arguments.Add(paths);
        send.Options.Add(keep);
        platform.AddTo(send);
        send.SetAction((parsed, ct) => Send(platform.Read(parsed), parsed.GetValue(paths)!, parsed.GetValue(keep), ct));
        return new Command("hl7", "Works with HL7 v2 messages. HL7 v2 消息")
        {
            send, Hl7QuarantineCommand.Create(), Hl7RemapCommand.Create(), Hl7CertifyCommand.Create(), Hl7OutboundCommand.Create(), Hl7QueryCommand.Create(),
        };
    }

    private static async Task<int> Send(PlatformAddress platform, string[] paths, bool keepControlIds, CancellationToken ct)
    {
        var letters = Hl7Letters.Read(Files.Find(paths, ".hl7", ".txt"), keepControlIds);
        using var operators = await PlatformClient.Connect(platform, "demo-operator", ct);
        var before = (await Listed(operators, 0, ct)).LastOrDefault()?.Position ?? 0;
        var sent = await Hl7Letters.SendAll(letters, platform.MllpPort, ct);
        await UntilProcessed(operators, ct);

        var became = await Listed(operators, before, ct);
        using var reader = await PlatformClient.Connect(platform, "demo-operator", ct);
        var readBack = await ReadBack(reader, became, ct);
        Hl7Outcomes.Print(letters, sent, became, readBack, await operators.GetFromJsonAsync<JsonElement>("/adapters/statistics", ct));
        return sent.Values.All(answer => answer is "AA" or "CA") ? 0 : 1;
    }

    private static async Task UntilProcessed(HttpClient operators, CancellationToken ct)
    {
        using var timer = new PeriodicTimer(PollEvery);
        while ((await operators.GetFromJsonAsync<JsonElement>("/adapters/statistics", ct)).GetProperty("waiting").GetInt64() > 0)
            await timer.WaitForNextTickAsync(ct);
    }

    private static async Task<List<ListedMessage>> Listed(HttpClient operators, long after, CancellationToken ct)
    {
        List<ListedMessage> all = [];
        for (long? from = after; from is not null;)
        {
            var page = (await operators.GetFromJsonAsync<MessagePage>($"/adapters/messages?after={from}", ct))!;
            all.AddRange(page.Items);
            from = page.Next;
        }

        return all;
    }

    /// <summary>Messages at least one of whose resources a FHIR read gives back.</summary>
    private static async Task<HashSet<string>> ReadBack(HttpClient fhir, IEnumerable<ListedMessage> messages, CancellationToken ct)
    {
        HashSet<string> found = [];
        foreach (var message in messages.Where(message => message.Resources.Length > 0))
        {
            var reference = message.Resources[0].Split("/_history/")[0];
            using var answer = await fhir.GetAsync($"/fhir/{reference}", ct);
            if (answer.IsSuccessStatusCode) found.Add(message.MessageId);
        }

        return found;
    }

    internal sealed record ListedMessage(long Position, string MessageId, string Source, string Type, string ControlId, string State, string[] Resources);

    private sealed record MessagePage(IReadOnlyList<ListedMessage> Items, long? Next);
}
