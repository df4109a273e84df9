using System.CommandLine;
using System.Net.Http.Json;
using System.Text.Json;
using Health.Host.Demo;

namespace Health.Host.Commands;

/// <summary><c>health cards issue</c>: one health card for a known resident, written as the image of a virtual chip; or a batch for the personaliser.</summary>
public static class CardsIssueCommand
{
    public static Command Create()
    {
        var issue = new Command("issue", "Issues one card onto a virtual chip (Development), or a batch for the personaliser. 发卡：单张或批量");
        var platform = new PlatformAddress.Options();
        var number = new Option<string?>("--id-number") { Description = "One card: resident ID number; in the demo of division 510799." };
        var institution = new Option<string>("--institution") { Description = "One card: code of the issuing institution.", DefaultValueFactory = _ => DemoInstitutions.HealthCentre.Code };
        var balance = new Option<long>("--balance") { Description = "One card: opening balance of the purse in fen (demo).", DefaultValueFactory = _ => 50_000 };
        var image = new Option<string?>("--image") { Description = "One card: file of the chip image; otherwise CHIPSERIAL.json in the platform's chip folder." };
        var batch = new CardsBatchCommands.Options("--batch", "Batch: CSV of orders (id_number,name,sex,birth,nation,division,institution). 批量订单");
        foreach (var option in new Option[] { number, institution, balance, image }) issue.Options.Add(option);
        batch.AddTo(issue);
        platform.AddTo(issue);
        issue.Validators.Add(result =>
        {
            if (result.GetValue(number) is null == result.GetValue(batch.File) is null) result.AddError("Give --id-number for one card, or --batch FILE for many.");
        });
        issue.SetAction((parsed, ct) => parsed.GetValue(batch.File) is null
            ? Issue(platform.Read(parsed), parsed.GetValue(number)!, parsed.GetValue(institution)!, parsed.GetValue(balance), parsed.GetValue(image), ct)
            : CardsBatchCommands.Make(platform.Read(parsed), batch.Read(parsed), ct));
        return issue;
    }

    private static async Task<int> Issue(PlatformAddress platform, string idNumber, string institutionCode, long purseBalanceFen, string? image, CancellationToken ct)
    {
        using var http = await PlatformClient.Connect(platform, "demo-operator", ct);
        using var answer = await http.PostAsJsonAsync("/card/cards", new { idNumber, institutionCode, purseBalanceFen }, ct);
        var text = await answer.Content.ReadAsStringAsync(ct);
        if (!answer.IsSuccessStatusCode) throw new InvalidOperationException($"The card was not issued: {text}");
        using var card = JsonDocument.Parse(text);
        await WriteChip(platform, card.RootElement, image, ct);
        return 0;
    }

    /// <summary>Writes the chip image the platform gave, unless its chip is there already: a chip that is in use holds a purse and is never written over.</summary>
    public static async Task WriteChip(PlatformAddress platform, JsonElement card, string? image, CancellationToken ct)
    {
        var (serial, state) = (card.GetProperty("chipSerial").GetString()!, card.GetProperty("state").GetString());
        var file = image ?? Path.Combine(platform.ChipsFolder, $"{serial}.json");
        if (!card.TryGetProperty("image", out var chip) || chip.ValueKind == JsonValueKind.Null)
            throw new InvalidOperationException("The platform gave no chip image: it does so in Development only.");
        if (File.Exists(file))
        {
            Terminal.WriteLine($"card {serial} is {state}; its chip is already at {file}");
            return;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        await File.WriteAllTextAsync(file, chip.GetRawText(), ct);
        Terminal.WriteLine($"card {serial} is {state}; chip image {file}");
    }
}
