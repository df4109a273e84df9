namespace Health.Simulators.Hospital.Receipts;

internal static class ReceiptEndpoints
{
    public static void Map(WebApplication app, ReceiptBook book)
    {
        app.MapPost("/his/settlements", (ReceiptRequest receipt, TimeProvider clock, HttpContext http) => Book(receipt, book, clock, http));
        app.MapGet("/his/settlements", (string? day, string? institution) => Results.Text(book.Ledger(day, institution), "text/csv"));
        app.MapPost("/control/his-faults", (ReceiptFault fault) =>
        {
            if (!ReceiptBook.Modes.Contains(fault.Mode) || fault.Count < 1) return Results.BadRequest(new { error = $"mode is one of {string.Join(", ", ReceiptBook.Modes)}; count at least 1" });
            book.Plan(fault);
            return Results.NoContent();
        });
        app.MapGet("/control/his-faults", () => Results.Json(book.Left()));
        app.MapDelete("/control/his-faults", () => { book.Clear(); return Results.NoContent(); });
    }

    private static async Task<IResult> Book(ReceiptRequest receipt, ReceiptBook book, TimeProvider clock, HttpContext http)
    {
        if (receipt.ReceiptNo is not { Length: > 0 } || receipt.VisitNo is not { Length: > 0 } || receipt.TotalFen == 0) return Results.BadRequest("receiptNo, visitNo and an amount are needed");
        var fault = book.Take(receipt.ReceiptNo);
        if (fault?.Mode == "error") return Results.StatusCode(500);
        var reason = book.Book(receipt, clock.GetUtcNow());
        if (fault?.Mode == "duplicate") reason = book.Book(receipt, clock.GetUtcNow());
        if (fault?.Mode == "delay") await Task.Delay(TimeSpan.FromMilliseconds(fault.Milliseconds), clock, http.RequestAborted);
        if (fault?.Mode != "lose-answer") return reason is null ? Results.Json(new { receipt.ReceiptNo }) : Results.Conflict(reason);
        http.Abort();
        return Results.Empty;
    }
}
