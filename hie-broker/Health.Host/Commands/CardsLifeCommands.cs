using System.CommandLine;
using System.Net.Http.Json;
using System.Text.Json;

namespace Health.Host.Commands;

/// <summary>The life of one card: <c>cards loss|found|lock|unlock|replace|cancel|destroy</c>. A card is named by its id or its number.</summary>
public static class CardsLifeCommands
{
    private static readonly (string Verb, string Path, bool WithReason, string Description)[] Acts =
    [
        ("loss", "loss", false, "Reports a card lost: blocked at every desk within a minute. 挂失"),
        ("found", "found", false, "The lost card is back. 解挂"),
        ("lock", "lock", true, "Locks an active card. 锁定"),
        ("unlock", "unlock", false, "Unlocks it. 解锁"),
        ("cancel", "cancel", true, "Cancels a card for good. 注销"),
        ("destroy", "destruction", false, "Records that the plastic of a cancelled card was destroyed. 销毁"),
    ];

    public static IEnumerable<Command> Create() => [.. Acts.Select(act => Act(act.Verb, act.Path, act.WithReason, act.Description)), Replace()];

    private static Command Act(string verb, string path, bool withReason, string description)
    {
        var command = new Command(verb, description);
        var (card, reason, platform) = (Card(), new Option<string>("--reason") { Description = "Why, in a few words.", Required = true }, new PlatformAddress.Options());
        command.Arguments.Add(card);
        if (withReason) command.Options.Add(reason);
        platform.AddTo(command);
        command.SetAction(async (parsed, ct) =>
        {
            object body = withReason ? new { reason = parsed.GetValue(reason) } : new { };
            Terminal.WriteLine($"the card is {(await Ask(platform.Read(parsed), $"/card/cards/{Uri.EscapeDataString(parsed.GetValue(card)!)}/{path}", body, ct)).GetProperty("state").GetString()}");
            return 0;
        });
        return command;
    }

    private static Command Replace()
    {
        var command = new Command("replace", "A new chip under the same number; the old one is dead. 补换卡");
        var (card, old, platform) = (Card(), new Option<string>("--old-chip") { Description = "Serial of the chip that is replaced.", Required = true }, new PlatformAddress.Options());
        command.Arguments.Add(card);
        command.Options.Add(old);
        platform.AddTo(command);
        command.SetAction(async (parsed, ct) =>
        {
            var address = platform.Read(parsed);
            var answer = await Ask(address, $"/card/cards/{Uri.EscapeDataString(parsed.GetValue(card)!)}/replacement", new { oldChipSerial = parsed.GetValue(old) }, ct);
            await CardsIssueCommand.WriteChip(address, answer, null, ct);
            return 0;
        });
        return command;
    }

    private static Argument<string> Card() => new("CARD") { Description = "Id of the card, or its number. 卡标识或卡号" };

    private static async Task<JsonElement> Ask(PlatformAddress platform, string path, object body, CancellationToken ct)
    {
        using var http = await PlatformClient.Connect(platform, "demo-operator", ct);
        using var answer = await http.PostAsJsonAsync(path, body, ct);
        var text = await answer.Content.ReadAsStringAsync(ct);
        if (!answer.IsSuccessStatusCode) throw new InvalidOperationException($"The platform refused ({(int)answer.StatusCode}): {text}");
        return JsonSerializer.Deserialize<JsonElement>(text);
    }
}
