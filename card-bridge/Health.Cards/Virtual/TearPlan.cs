namespace Health.Cards;

/// <summary>When the card leaves the reader in the middle of a command.</summary>
public enum TearPoint
{
    /// <summary>The command never reaches the chip's logic: nothing is committed.</summary>
    BeforeExecution,

    /// <summary>Power failed while a binary file was written: the first <see cref="TearPlan.AnswerBytes"/> bytes of the command's data are in the memory. Chips need not write binary files whole.</summary>
    DuringWrite,

    /// <summary>The chip committed, and no byte of the answer arrived.</summary>
    AfterExecution,

    /// <summary>The chip committed, and only the first <see cref="TearPlan.AnswerBytes"/> bytes of the answer arrived.</summary>
    DuringAnswer,
}

/// <summary>One planned tear. It is spent when it happens.</summary>
/// <param name="Instruction">INS of the command to tear at; null: any.</param>
/// <param name="AnswerBytes">Bytes that still arrive, or that are still written.</param>
/// <param name="Skip">Matching commands let through before.</param>
public sealed record TearPlan(TearPoint Point, byte? Instruction = null, int Skip = 0, int AnswerBytes = 0)
{
    public static TearPlan AtDebit(TearPoint point, int answerBytes = 0) => new(point, PurseCommands.DebitInstruction, 0, answerBytes);
}

/// <summary>What comes out of the chip. <paramref name="Torn"/>: the card is out of the field now, and <paramref name="Bytes"/> is all that arrived.</summary>
public readonly record struct CardAnswer(byte[] Bytes, bool Torn);
