using Health.Contracts;
using Health.Fhir.Wire;

namespace Health.Fhir.Search;

/// <summary>The self and next links of a page, and the tokens in them, bound to the query and to who asked.</summary>
public sealed class PageLinks(PageToken tokens, FhirRequest request, string address)
{
    private readonly string query = string.Join('&', request.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries).Where(part => !part.StartsWith("_page=", StringComparison.Ordinal)));

    public static Refusal Invalid { get; } = Refusal.Invalid("The page token was changed, or belongs to another query or caller. Follow the next link as it was given.", "_page");

    public string Self => query.Length == 0 ? address : $"{address}?{query}";

    public string? Next(PageState? next) => next is null ? null : $"{Self}{(query.Length == 0 ? '?' : '&')}_page={tokens.Write(next, Scope)}";

    /// <returns>Null when the token does not belong here.</returns>
    public PageState? Read(string token) => tokens.Read(token, Scope);

    private string Scope
    {
        get
        {
            var caller = request.Caller;
            var path = address[request.BaseUrl.Length..];
            return string.Join('\n', caller.ClientId, caller.UserId, caller.InstitutionCode, caller.ResidentId, path, query);
        }
    }
}
