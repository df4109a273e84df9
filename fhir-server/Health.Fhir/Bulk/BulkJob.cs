using Health.Contracts;

namespace Health.Fhir.Bulk;

/// <summary>What a bulk job was asked for, as it is sealed into its row.</summary>
public sealed record BulkRequest(string Url, string BaseUrl, Caller Caller)
{
    /// <summary>Export: <c>system</c>, <c>Patient</c> or <c>Group</c>.</summary>
    public string Level { get; init; } = "system";
    public string? GroupId { get; init; }
    public IReadOnlyList<string> Types { get; init; } = [];
    public DateTimeOffset? Since { get; init; }
    public IReadOnlyList<string> Elements { get; init; } = [];

    /// <summary>Export: search queries, each <c>Type?query</c>; those of one type are alternatives.</summary>
    public IReadOnlyList<string> Filters { get; init; } = [];

    /// <summary>Residents of a Group's members at the horizon.</summary>
    public IReadOnlyList<string>? Residents { get; init; }

    public IReadOnlyList<BulkInput> Inputs { get; init; } = [];
}

/// <summary>An input of an import.</summary>
/// <param name="Type">The resource type of all its lines, if it was said.</param>
/// <param name="Url">Where it is fetched from; null when it came with the request and lies in the spool.</param>
public sealed record BulkInput(string? Type, string? Url);

/// <summary>A job as its row says. States: waiting, running, done, failed, cancelled.</summary>
public sealed record BulkJob(string Id, string Kind, string State, string Owner, BulkRequest Request, long Horizon, DateTimeOffset CreatedAt)
{
    public DateTimeOffset? FinishedAt { get; init; }
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>How far it came, in words of its own kind: where a resumed job goes on.</summary>
    public string Position { get; init; } = "";
    public long Done { get; init; }
    public long Failed { get; init; }
    public string? Fault { get; init; }

    /// <summary>Only who asked may see a job: same client, user, institution and resident.</summary>
    public static string OwnerOf(Caller caller) => string.Join('|', caller.ClientId, caller.UserId, caller.InstitutionCode, caller.ResidentId);
}

/// <summary>A file of an export: the resources of <paramref name="Type"/> with ids after <paramref name="AfterId"/> up to <paramref name="ToId"/>. Kind: output, deleted.</summary>
public sealed record BulkFile(int Number, string Kind, string Type, string AfterId, string ToId, long Count);
