using System.Text.RegularExpressions;
using Hl7.Fhir.Model;

namespace Health.Fhir.Wire;

/// <summary>The resource types of R4 and the form of a logical id.</summary>
public static partial class ResourceTypes
{
    // Parameters is a message, not a stored resource.
    private static readonly HashSet<string> Known = [.. ModelInfo.SupportedResources.Where(name => name is not ("Parameters" or "Resource" or "DomainResource"))];

    public static IReadOnlyCollection<string> All => Known;

    public static bool IsKnown(string type) => Known.Contains(type);

    /// <summary>Types that clients read and never write: what was accessed is recorded by the platform alone.</summary>
    public static bool IsReadOnly(string? type) => type == "AuditEvent";

    public static bool IsLogicalId(string? id) => id is not null && IdForm().IsMatch(id);

    [GeneratedRegex(@"\A[A-Za-z0-9\-.]{1,64}\z")]
    private static partial Regex IdForm();
}
