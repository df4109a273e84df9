namespace Health.Contracts;

/// <summary>Which node this is: a county node or the city node (architecture: two tiers).</summary>
public sealed record NodeIdentity(string NodeId, string Tier, string DivisionCode)
{
    /// <summary>Development and demonstration: test identities only, software security modules allowed.</summary>
    public bool IsDevelopment { get; init; }

    /// <summary>Folder for what is not in the database: key file, virtual chips, logs.</summary>
    public string DataFolder { get; init; } = "";

    /// <summary>Base address of the HTTP door, without trailing slash.</summary>
    public string BaseUrl { get; init; } = "";
}

/// <summary>What every event header carries beside Marten's own metadata.</summary>
public sealed record EventHeader(string Node, string Actor, PurposeOfUse Purpose, string Source, string? Trace = null)
{
    public const string NodeKey = "node", ActorKey = "actor", PurposeKey = "purpose", SourceKey = "source", TraceKey = "trace";

    public IEnumerable<KeyValuePair<string, string>> Entries()
    {
        yield return new(NodeKey, Node);
        yield return new(ActorKey, Actor);
        yield return new(PurposeKey, Purpose.ToString());
        yield return new(SourceKey, Source);
        if (Trace is not null) yield return new(TraceKey, Trace);
    }
}

/// <summary>
/// A module's tables that are not Marten's: SQL run once, in (Module, Name) order, and remembered by name and hash.
/// A script that has run is never edited; a later change is a new script.
/// </summary>
public sealed record SchemaScript(string Module, string Name, string Sql)
{
    /// <summary>All *.sql resources embedded in the assembly of <paramref name="anchor"/>, ordered by name.</summary>
    public static IReadOnlyList<SchemaScript> EmbeddedIn(Type anchor, string module)
    {
        var assembly = anchor.Assembly;
        return
        [
            .. assembly.GetManifestResourceNames()
                .Where(name => name.EndsWith(".sql", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
                .Select(name => new SchemaScript(module, name, Read(assembly.GetManifestResourceStream(name)!))),
        ];
    }

    private static string Read(Stream stream)
    {
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}

/// <summary>
/// The order of the event log. The sequence is drawn before a commit, so sequence order equals commit order only if appends to the
/// log take turns: each appending transaction first runs <see cref="TakeTurnSql"/>. Then the highest visible sequence is the horizon
/// (docs/adr/0003).
/// </summary>
public static class EventLog
{
    public const string Schema = "events";

    /// <summary>Transaction-scoped; released at commit or rollback.</summary>
    public const string TakeTurnSql = "select pg_advisory_xact_lock(5107000001)";
}
