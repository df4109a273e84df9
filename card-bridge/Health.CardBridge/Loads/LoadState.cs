using Health.Contracts;

namespace Health.CardBridge.Loads;

/// <summary>A load, folded from its facts. Pure.</summary>
public sealed record LoadState
{
    public static readonly LoadState Empty = new();

    public LoadRequested? Request { get; init; }
    public LoadAuthorised? Right { get; init; }
    public LoadRefused? Refused { get; init; }
    public LoadDecided? Decided { get; init; }

    /// <summary><c>none</c>, <c>requested</c>, <c>authorised</c>, <c>refused</c>, <c>loaded</c>, <c>not-loaded</c>.</summary>
    public string Name => Decided is { } decided ? decided.Loaded ? "loaded" : "not-loaded" : Refused is not null ? "refused" : Right is not null ? "authorised" : Request is not null ? "requested" : "none";

    public static LoadState Of(IEnumerable<ILoadFact> facts) => facts.Aggregate(Empty, (state, fact) => state.Apply(fact));

    public LoadState Apply(ILoadFact fact) => fact switch
    {
        LoadRequested e => this with { Request = e },
        LoadAuthorised e => this with { Right = e },
        LoadRefused e => this with { Refused = e },
        LoadDecided e => this with { Decided = e },
        _ => throw new InvalidOperationException($"{fact.GetType().Name} is no fact of a load."),
    };
}

/// <summary>Which fact may follow. A repeat gives none. Pure.</summary>
public static class LoadDecider
{
    public static (ILoadFact? Fact, Refusal? Refusal) Decide(ILoadFact wanted, LoadState state) => wanted switch
    {
        LoadRequested e when state.Request is { } known => known with { At = e.At } == e ? (null, null) : (null, Refusal.Conflict("Another load has this id.")),
        LoadRequested e => (e, null),
        _ when state.Request is null => (null, Refusal.NotFound("There is no such load.")),
        LoadAuthorised or LoadRefused when state.Name != "requested" => (null, null),
        LoadDecided e when state.Decided is { } known => known.Loaded == e.Loaded ? (null, null) : (null, Refusal.Conflict("The load was decided otherwise.")),
        // A refused load has no MAC2, so no card can have taken it.
        LoadDecided { Loaded: true } when state.Right is null => (null, Refusal.Conflict("The operator gave no right to this load.")),
        LoadDecided when state.Refused is not null => (null, null),
        _ => (wanted, null),
    };
}
