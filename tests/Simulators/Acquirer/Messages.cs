namespace Health.Simulators.Acquirer;

/// <summary>A payment by the code the payer shows. Amounts in fen. A code that ends in 00 is one whose payer has no money.</summary>
public sealed record PayRequest(string OrderNo, string Channel, long AmountFen, string AuthCode);

/// <summary>Money back for an order, once per refund number.</summary>
public sealed record RefundRequest(string RefundNo, string OrderNo, long AmountFen);

/// <summary>What the acquirer knows of an order. State: <c>paid</c>, <c>failed</c>, <c>closed</c>.</summary>
public sealed record Order(string OrderNo, string Channel, long AmountFen, string State, string? Reference, DateTimeOffset At);
