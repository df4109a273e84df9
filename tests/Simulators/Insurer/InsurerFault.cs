namespace Health.Simulators.Insurer;

/// <summary>A <see cref="Fault"/> as the insurer is told it.</summary>
/// <param name="Infno">Transaction it applies to; <c>*</c> for any.</param>
/// <param name="Mode"><c>delay</c>, <c>lose-answer</c> (carried out, no answer), <c>refuse</c> (infcode -1), <c>error</c> (500, not carried out), <c>duplicate</c> (delivered twice).</param>
/// <param name="Match">Applies only to messages whose number holds this.</param>
public sealed record InsurerFault(string Infno, string Mode, int Count = 1, int Milliseconds = 0, string? Match = null);
