namespace Health.Simulators.Acquirer;

/// <summary>A payment by the code the payer shows. Amounts in fen. A code that ends in 00 is one whose payer has no money.</summary>
public sealed record PayRequest(string OrderNo, string Channel, long AmountFen, string AuthCode);

/// <summary>Money back for an order, once per refund number.</summary>
public sealed record RefundRequest(string RefundNo, string OrderNo, long AmountFen);

/// <summary>What the acquirer knows of an order. State: <c>paid</c>, <c>failed</c>, <c>closed</c>.</summary>
public sealed record Order(string OrderNo, string Channel, long AmountFen, string State, string? Reference, DateTimeOffset At);

/// <summary>
/// What goes wrong next. Operation: <c>pay</c>, <c>query</c>, <c>close</c>, <c>refunds</c> or <c>*</c>. Mode: <c>delay</c> (answered late), <c>late</c> (carried out late),
/// <c>lose-answer</c> (carried out, no answer), <c>error</c> (500, not carried out), <c>duplicate</c> (delivered twice), <c>contradict</c> (carried out, and answered with a no).
/// </summary>
/// <param name="Match">Applies only to requests whose text holds this.</param>
public sealed record Fault(string Operation, string Mode, int Count = 1, int Milliseconds = 0, string? Match = null);
