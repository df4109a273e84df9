using System.CommandLine;
using System.Globalization;
using System.Text.Json;

namespace Health.Host.Commands;

/// <summary><c>health cards reconcile</c>: a day of all clinics, or of one, over the ledgers of all parties.</summary>
public static class ReconcileCommand
{
    public static Command Create()
    {
        var reconcile = new Command("reconcile", "Reconciles a day with HIS, city card, insurer and acquirer; says what does not agree. 对账");
        var platform = new PlatformAddress.Options();
        var day = new Option<string>("--day") { Description = "Business day in China, yyyy-MM-dd. 账务日期", Required = true };
        var institution = new Option<string?>("--institution") { Description = "Only this clinic. 机构代码" };
        var close = new Option<bool>("--close") { Description = "Seal every day that agrees. 日结封账" };
        var offline = new Option<bool>("--no-collect") { Description = "Compare with the statements that are here; ask nobody. 不再取对方账单" };
        day.Validators.Add(result =>
        {
            if (!DateOnly.TryParseExact(result.Tokens.Count > 0 ? result.Tokens[0].Value : "", "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _)) result.AddError("--day is yyyy-MM-dd.");
        });
        foreach (var option in new Option[] { day, institution, close, offline }) reconcile.Options.Add(option);
        platform.AddTo(reconcile);
        reconcile.SetAction((parsed, ct) => Run(platform.Read(parsed), parsed.GetValue(day)!, parsed.GetValue(institution), parsed.GetValue(close), !parsed.GetValue(offline), ct));
        return reconcile;
    }

    private static async Task<int> Run(PlatformAddress platform, string day, string? institution, bool close, bool collect, CancellationToken ct)
    {
        using var http = await PlatformClient.Connect(platform, "demo-operator", ct);
        var query = $"collect={collect}&close={close}{(institution is null ? "" : $"&institution={Uri.EscapeDataString(institution)}")}";
        using var answer = await http.PostAsync(new Uri($"/card/reconciliation/{day}/run?{query}", UriKind.Relative), null, ct);
        var text = await answer.Content.ReadAsStringAsync(ct);
        if (!answer.IsSuccessStatusCode) throw new InvalidOperationException($"The day was not reconciled: {text}");
        using var document = JsonDocument.Parse(text);
        var open = 0;
        foreach (var result in document.RootElement.GetProperty("institutions").EnumerateArray())
        {
            open += result.GetProperty("open").GetInt32();
            Terminal.WriteLine($"{result.GetProperty("institution").GetString(),-14} {result.GetProperty("state").GetString(),-10} {result.GetProperty("open").GetInt32(),5} open  {Text(result, "waits")}{Text(result, "seal")}");
            foreach (var party in result.GetProperty("parties").EnumerateArray())
                Terminal.WriteLine($"    {party.GetProperty("party").GetString(),-10} ours {Yuan(party, "oursFen"),14}  theirs {Yuan(party, "theirsFen"),14}  {party.GetProperty("differences").GetInt32()} differences");
        }
        Terminal.WriteLine($"{document.RootElement.GetProperty("institutions").GetArrayLength()} clinics, {document.RootElement.GetProperty("lines").GetInt64()} lines, {open} open differences");
        return open == 0 ? 0 : 1;
    }

    private static string Text(JsonElement element, string name) => element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    private static string Yuan(JsonElement element, string name) => new Contracts.Fen(element.GetProperty(name).GetInt64()).ToString();
}
