namespace Health.IntegrationTests.Search.Model;

/// <summary>What a resource says for one search parameter, as the generator that wrote the JSON knows it: nothing of the server is asked.</summary>
public abstract record ModelValue
{
    private ModelValue() { }

    public sealed record Token(string? System, string Code) : ModelValue;

    /// <param name="Folded">As the specification compares it; written down by hand, not computed.</param>
    public sealed record Text(string Original, string Folded) : ModelValue;

    /// <summary>From <paramref name="Low"/> up to, and without, <paramref name="High"/>, in UTC.</summary>
    public sealed record Date(DateTime Low, DateTime High) : ModelValue;

    public sealed record Quantity(decimal Value, string? System, string? Code, string? Unit) : ModelValue;

    public sealed record Reference(string Type, string Id) : ModelValue;

    public sealed record Uri(string Value) : ModelValue;

    /// <summary>A composite: values that stand in one element.</summary>
    public sealed record Pair(IReadOnlyList<ModelValue> First, IReadOnlyList<ModelValue> Second) : ModelValue;
}

/// <summary>A resource and what it says.</summary>
public sealed record ModelResource(string Type, string Id, string Json, IReadOnlyDictionary<string, IReadOnlyList<ModelValue>> Values)
{
    public string Name => $"{Type}/{Id}";

    public IReadOnlyList<ModelValue> Of(string parameter) => Values.TryGetValue(parameter, out var values) ? values : [];
}

/// <summary>The store at one sequence of the log.</summary>
public sealed record ModelMoment(long Sequence, IReadOnlyDictionary<string, ModelResource> Resources)
{
    public IEnumerable<ModelResource> OfType(string type) => Resources.Values.Where(resource => resource.Type == type);
}
