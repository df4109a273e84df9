using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Health.Simulators.Acquirer;

/// <summary>The acquirer: orders by the merchant's number, refunds by the merchant's number. A journal of commands rebuilds it after a restart.</summary>
public sealed class House
{
    private sealed record Line(string Operation, DateTimeOffset At, JsonElement Body);
    private sealed record CloseRequest(string OrderNo);

    private readonly Lock turn = new();
    private readonly string? file;
    private readonly Dictionary<string, Order> orders = [];
    private readonly Dictionary<string, (RefundRequest Request, DateTimeOffset At)> refunds = [];

    public House(string? file)
    {
        if (file is not null && File.Exists(file))
            foreach (var text in File.ReadLines(file).Where(text => text.EndsWith('}')))
                Replay(JsonSerializer.Deserialize<Line>(text)!);
        this.file = file;
    }

    /// <summary>The order after the request. The same order again changes nothing; a conflict when it is asked with other contents.</summary>
    public (Order? Order, string? Conflict) Pay(PayRequest request, DateTimeOffset now)
    {
        lock (turn)
        {
            if (orders.TryGetValue(request.OrderNo, out var known))
                return known.AmountFen == request.AmountFen && known.Channel == request.Channel || known.State == "closed" ? (known, null) : (null, "another order has this number");
            if (request.AmountFen <= 0) return (null, "amount out of range");
            Write("pay", now, request);
            var paid = !request.AuthCode.EndsWith("00", StringComparison.Ordinal);
            var order = new Order(request.OrderNo, request.Channel, request.AmountFen, paid ? "paid" : "failed", paid ? $"ACQ{orders.Count + 1:D12}" : null, now);
            orders[order.OrderNo] = order;
            return (order, null);
        }
    }

    public Order Query(string orderNo, DateTimeOffset now)
    {
        lock (turn) return orders.TryGetValue(orderNo, out var known) ? known : new Order(orderNo, "", 0, "unknown", null, now);
    }

    /// <summary>A paid order stays paid; any other, also one that was never seen, is closed for good.</summary>
    public Order Close(string orderNo, DateTimeOffset now)
    {
        lock (turn)
        {
            if (orders.TryGetValue(orderNo, out var known) && known.State is "paid" or "closed") return known;
            Write("close", now, new CloseRequest(orderNo));
            return orders[orderNo] = new Order(orderNo, known?.Channel ?? "", known?.AmountFen ?? 0, "closed", null, now);
        }
    }

    /// <summary>Null when given back (again), else the reason.</summary>
    public string? Refund(RefundRequest request, DateTimeOffset now)
    {
        lock (turn)
        {
            if (refunds.TryGetValue(request.RefundNo, out var known)) return known.Request == request ? null : "another refund has this number";
            if (!orders.TryGetValue(request.OrderNo, out var order) || order.State != "paid") return "no such payment";
            if (request.AmountFen <= 0 || refunds.Values.Where(r => r.Request.OrderNo == request.OrderNo).Sum(r => r.Request.AmountFen) + request.AmountFen > order.AmountFen) return "more than was paid";
            Write("refund", now, request);
            refunds[request.RefundNo] = (request, now);
            return null;
        }
    }

    /// <summary>The statement of a day in China: a line per payment and per refund (negative), a trailer with count and sum.</summary>
    public string Statement(string day)
    {
        bool IsOf(DateTimeOffset at) => at.ToOffset(TimeSpan.FromHours(8)).ToString("yyyyMMdd", CultureInfo.InvariantCulture) == day;
        lock (turn)
        {
            List<(string No, string OrderNo, string Channel, long Fen, string Reference)> lines =
            [
                .. orders.Values.Where(o => o.State == "paid" && IsOf(o.At)).Select(o => (o.OrderNo, o.OrderNo, o.Channel, o.AmountFen, o.Reference!)),
                .. refunds.Values.Where(r => IsOf(r.At)).Select(r => (r.Request.RefundNo, r.Request.OrderNo, orders[r.Request.OrderNo].Channel, -r.Request.AmountFen, orders[r.Request.OrderNo].Reference!)),
            ];
            var text = new StringBuilder("number,order_no,channel,amount_fen,reference\n");
            foreach (var line in lines.OrderBy(line => line.No, StringComparer.Ordinal)) text.Append(CultureInfo.InvariantCulture, $"{line.No},{line.OrderNo},{line.Channel},{line.Fen},{line.Reference}\n");
            return text.Append(CultureInfo.InvariantCulture, $"#,{lines.Count},{lines.Sum(line => line.Fen)}\n").ToString();
        }
    }

    public JsonObject Ledger()
    {
        lock (turn)
            return new JsonObject
            {
                ["orders"] = new JsonArray([.. orders.Values.Select(o => JsonSerializer.SerializeToNode(o, JsonSerializerOptions.Web))]),
                ["refunds"] = new JsonArray([.. refunds.Values.Select(r => JsonSerializer.SerializeToNode(r.Request, JsonSerializerOptions.Web))]),
            };
    }

    private void Replay(Line line)
    {
        switch (line.Operation)
        {
            case "pay": Pay(line.Body.Deserialize<PayRequest>()!, line.At); break;
            case "close": Close(line.Body.Deserialize<CloseRequest>()!.OrderNo, line.At); break;
            case "refund": Refund(line.Body.Deserialize<RefundRequest>()!, line.At); break;
        }
    }

    private void Write<T>(string operation, DateTimeOffset at, T body)
    {
        if (file is not null) File.AppendAllText(file, JsonSerializer.Serialize(new Line(operation, at, JsonSerializer.SerializeToElement(body))) + "\n");
    }
}
