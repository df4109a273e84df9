using System.CommandLine;
using System.Net.Http.Json;
using System.Text.Json;
using Health.Host.Demo;

namespace Health.Host.Commands;

/// <summary><c>health cards</c>: here <c>issue</c>, a health card for a known resident, written as the image of a virtual chip.</summary>
public static class CardsCommand
{
    public static Command Create()
    {
        var issue = new Command("issue", "Issues a health card to a known resident and writes its virtual chip (Development). 发卡到虚拟芯片");
        var platform = new PlatformAddress.Options();
        var number = new Option<string>("--id-number") { Description = "Resident ID number; in the demo of division 510799.", Required = true };
        var institution = new Option<string>("--institution") { Description = "Code of the issuing institution.", DefaultValueFactory = _ => DemoInstitutions.HealthCentre.Code };
        var balance = new Option<long>("--balance") { Description = "Opening balance of the purse in fen (demo).", DefaultValueFactory = _ => 50_000 };
        var image = new Option<string?>("--image") { Description = "File of the chip image; otherwise CHIPSERIAL.json in the platform's chip folder." };
        issue.Options.Add(number);
        issue.Options.Add(institution);
        issue.Options.Add(balance);
        issue.Options.Add(image);
        platform.AddTo(issue);
        issue.SetAction((parsed, ct) => Issue(
            platform.Read(parsed), parsed.GetValue(number)!, parsed.GetValue(institution)!, parsed.GetValue(balance), parsed.GetValue(image), ct));
        return new Command("cards", "Health cards. 健康卡") { issue, ReconcileCommand.Create() };
    }

    private static async Task<int> Issue(PlatformAddress platform, string idNumber, string institutionCode, long purseBalanceFen, string? image, CancellationToken ct)
    {
        using var http = await PlatformClient.Connect(platform, "demo-operator", ct);
        using var answer = await http.PostAsJsonAsync("/card/cards", new { idNumber, institutionCode, purseBalanceFen }, ct);
        var text = await answer.Content.ReadAsStringAsync(ct);
        if (!answer.IsSuccessStatusCode) throw new InvalidOperationException($"The card was not issued: {text}");
        using var card = JsonDocument.Parse(text);
        var serial = card.RootElement.GetProperty("chipSerial").GetString()!;
        var file = image ?? Path.Combine(platform.ChipsFolder, $"{serial}.json");
        if (!card.RootElement.TryGetProperty("image", out var chip) || chip.ValueKind == JsonValueKind.Null)
            throw new InvalidOperationException("The platform gave no chip image: it does so in Development only.");
        if (File.Exists(file))
        {
            // A chip that is in use holds a purse: it is never written over.
            Terminal.WriteLine($"card {serial} is {card.RootElement.GetProperty("state").GetString()}; its chip is already at {file}");
            return 0;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        await File.WriteAllTextAsync(file, chip.GetRawText(), ct);
        Terminal.WriteLine($"card {serial} is {card.RootElement.GetProperty("state").GetString()}; chip image {file}");
        return 0;
    }
}
