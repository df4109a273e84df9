using System.Text.Json;
using System.Text.Json.Nodes;
using Health.Simulators;
using Health.Simulators.Insurer;

// The insurer of the demo city: the outpatient transactions of the national insurance interface, a ledger, and faults on demand.
// Settings: Insurer:StateFile (journal that survives a restart; none keeps the books in memory), Insurer:OpeningAccount (yuan on a new personal account).
var builder = WebApplication.CreateBuilder(args);
if (builder.Configuration["urls"] is null) builder.WebHost.UseUrls("http://127.0.0.1:8093");
var app = builder.Build();
var catalogue = new Catalogue();
var clock = TimeProvider.System;
var faults = new FaultPlan("delay", "lose-answer", "refuse", "error", "duplicate");
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
    if (Envelope.Read(body, out var error) is not { } request) return Results.Json(Answer.Refuse(error!).ToJson("0000000", clock.GetUtcNow()));
    var fault = faults.Take(request.Infno, request.Msgid);
    if (fault?.Mode == "error") return Results.StatusCode(500);
    if (fault?.Mode == "refuse") return Results.Json(Answer.Refuse("系统繁忙 (control/faults)").ToJson(request.Msgid, clock.GetUtcNow()));
    // Carried out even if the caller hangs up, as a real one would.
    var answer = office.Handle(request, clock.GetUtcNow());
    if (fault?.Mode == "duplicate") answer = office.Handle(request, clock.GetUtcNow());
    if (fault?.Mode == "delay") await Task.Delay(TimeSpan.FromMilliseconds(fault.Milliseconds), clock, http.RequestAborted);
    if (fault?.Mode == "lose-answer")
    {
        http.Abort();
        return Results.Empty;
    }
    return Results.Json(answer.ToJson(request.Msgid, clock.GetUtcNow()));
});

app.MapPost("/control/faults", (InsurerFault told) =>
{
    var fault = new Fault(told.Infno, told.Mode, told.Count, told.Milliseconds, told.Match);
    if (faults.Wrong(fault) is { } wrong) return Results.BadRequest(wrong);
    faults.Plan(fault);
    return Results.NoContent();
});
app.MapGet("/control/faults", () => faults.Left());
app.MapDelete("/control/faults", () => { faults.Clear(); return Results.NoContent(); });
app.MapPost("/control/catalogue", (CatalogueEntry entry) => { office.Tell(entry.Code, entry.Covered, clock.GetUtcNow()); return Results.NoContent(); });
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
