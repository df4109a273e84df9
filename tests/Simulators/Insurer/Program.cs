using System.Text.Json;
using System.Text.Json.Nodes;
using Health.Simulators.Insurer;

// The insurer of the demo city: the outpatient transactions of the national insurance interface, a ledger, and faults on demand.
// Settings: Insurer:StateFile (journal that survives a restart; none keeps the books in memory), Insurer:OpeningAccount (yuan on a new personal account).
var builder = WebApplication.CreateBuilder(args);
if (builder.Configuration["urls"] is null) builder.WebHost.UseUrls("http://127.0.0.1:8093");
var app = builder.Build();
var catalogue = new Catalogue();
var faults = new Faults();
var office = new Office(new Journal(builder.Configuration["Insurer:StateFile"]), catalogue, builder.Configuration.GetValue("Insurer:OpeningAccount", 10.00m));

app.MapGet("/health/live", () => "live");

app.MapPost("/fsi/api", async (HttpContext http) =>
{
    JsonElement body;
    try
    {
        body = (await JsonDocument.ParseAsync(http.Request.Body, default, http.RequestAborted)).RootElement;
    }
    catch (JsonException)
    {
        return Results.BadRequest("not JSON");
    }
    if (Envelope.Read(body, out var error) is not { } request) return Results.Json(Answer.Refuse(error!).ToJson("0000000", DateTimeOffset.UtcNow));
    var fault = faults.Take(request.Infno, request.Msgid);
    if (fault?.Mode == "error") return Results.StatusCode(500);
    if (fault?.Mode == "refuse") return Results.Json(Answer.Refuse("系统繁忙 (control/faults)").ToJson(request.Msgid, DateTimeOffset.UtcNow));
    // Carried out even if the caller hangs up, as a real one would.
    var answer = office.Handle(request, DateTimeOffset.UtcNow);
    if (fault?.Mode == "duplicate") answer = office.Handle(request, DateTimeOffset.UtcNow);
    if (fault?.Mode == "delay") await Task.Delay(fault.Milliseconds, http.RequestAborted);
    if (fault?.Mode == "lose-answer")
    {
        http.Abort();
        return Results.Empty;
    }
    return Results.Json(answer.ToJson(request.Msgid, DateTimeOffset.UtcNow));
});

app.MapPost("/control/faults", (Fault fault) =>
{
    if (!Faults.Modes.Contains(fault.Mode) || fault.Count < 1) return Results.BadRequest($"mode is one of {string.Join(", ", Faults.Modes)}; count at least 1");
    faults.Plan(fault);
    return Results.NoContent();
});
app.MapGet("/control/faults", () => faults.Left());
app.MapDelete("/control/faults", () => { faults.Clear(); return Results.NoContent(); });
app.MapPost("/control/catalogue", (CatalogueEntry entry) => { office.Tell(entry.Code, entry.Covered, DateTimeOffset.UtcNow); return Results.NoContent(); });
app.MapGet("/control/ledger", () => office.Read(books => Results.Json(new JsonObject
{
    ["settlements"] = new JsonArray([.. books.Settlements.Values.Select(s => new JsonObject
    {
        ["setl_id"] = s.SettlementId, ["mdtrt_id"] = s.VisitId, ["fixmedins_code"] = s.Institution, ["ipt_otp_no"] = books.Visits[s.VisitId].OutpatientNumber, ["msgid"] = s.Msgid, ["state"] = s.State,
        ["medfee_sumamt"] = Yuan.Text(s.Split.Total), ["fund_pay_sumamt"] = Yuan.Text(s.Split.Fund), ["acct_pay"] = Yuan.Text(s.Split.Account), ["psn_cash_pay"] = Yuan.Text(s.Split.Cash),
    })]),
    ["visits"] = books.Visits.Count,
    ["persons"] = books.Persons.Count,
    ["messages"] = books.Answers.Count,
})));
app.Run();

internal sealed record CatalogueEntry(string Code, bool? Covered);
