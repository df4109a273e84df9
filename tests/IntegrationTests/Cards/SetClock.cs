namespace Health.IntegrationTests.Cards;

/// <summary>A wall clock that somebody sets; time goes on as it does.</summary>
public sealed class SetClock : TimeProvider
{
    public TimeSpan Offset { get; set; }

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Offset;
}
