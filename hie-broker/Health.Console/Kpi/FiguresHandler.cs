using Health.Contracts;

namespace Health.Console.Kpi;

/// <summary>Takes the notices of the other modules into the figures.</summary>
public static class FiguresHandler
{
    public static Task Handle(MessagesProcessed notice, Figures figures, CancellationToken ct) => figures.Count(notice.Messages, ct);

    /// <summary>One by one, as they were published before they came together; the queue may still hold some.</summary>
    public static Task Handle(MessageProcessed notice, Figures figures, CancellationToken ct) => figures.Count([notice], ct);

    public static Task Handle(CardIssued notice, Figures figures, CancellationToken ct) => figures.Count(notice, ct);

    public static Task Handle(VisitRegistered notice, Figures figures, CancellationToken ct) => figures.Count(notice, ct);

    public static Task Handle(VisitSettled notice, Figures figures, CancellationToken ct) => figures.Count(notice, ct);

    public static Task Handle(PaymentOutcomeChanged notice, Figures figures, CancellationToken ct) => figures.Count(notice, ct);
}
