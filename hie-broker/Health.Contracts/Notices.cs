namespace Health.Contracts;

/// <summary>
/// Something that happened in one module and others count or act on. Delivered at least once, so handlers are idempotent on
/// <see cref="NoticeId"/>. Names no person: residents by id only.
/// </summary>
public interface INotice
{
    Guid NoticeId { get; }
    DateTimeOffset At { get; }
    string InstitutionCode { get; }
}

/// <summary>A message of a hospital was mapped, quarantined or recognised as a repeat.</summary>
/// <param name="Outcome"><c>accepted</c>, <c>quarantined</c>.</param>
public sealed record MessageProcessed(Guid NoticeId, DateTimeOffset At, string InstitutionCode, string MessageType, string Outcome) : INotice;

/// <summary>
/// Messages that were processed about the same time, in one notice: under load a notice for each would cost more than the message. Each of
/// <paramref name="Messages"/> has its own id, and may come again in another company.
/// </summary>
public sealed record MessagesProcessed(IReadOnlyList<MessageProcessed> Messages);

/// <summary>A health card became active for a resident, with its city purse bound or not.</summary>
public sealed record CardIssued(Guid NoticeId, DateTimeOffset At, string InstitutionCode, string DivisionCode, string ResidentId, bool PurseBound) : INotice;

/// <summary>A visit was registered at a desk. <paramref name="Channel"/>: <c>card</c>, <c>id</c>, <c>window</c>.</summary>
public sealed record VisitRegistered(Guid NoticeId, DateTimeOffset At, string InstitutionCode, string VisitId, string ResidentId, string Channel) : INotice;

/// <summary>A visit was settled. The three parts add up to the total.</summary>
public sealed record VisitSettled(
    Guid NoticeId, DateTimeOffset At, string InstitutionCode, string VisitId, string ResidentId, string Channel,
    Fen Total, Fen Fund, Fen Account, Fen SelfPaid) : INotice;

/// <summary>A payment whose outcome is not known, and the end of not knowing.</summary>
/// <param name="State"><c>unknown</c>, <c>charged</c>, <c>not-charged</c>.</param>
public sealed record PaymentOutcomeChanged(Guid NoticeId, DateTimeOffset At, string InstitutionCode, string VisitId, string State) : INotice;
