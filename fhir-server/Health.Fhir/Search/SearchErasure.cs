using System.Data.Common;
using Health.Contracts;
using Npgsql;

namespace Health.Fhir.Search;

/// <summary>The index holds names in clear, so an erasure takes the resident's rows out of it.</summary>
internal sealed class SearchErasure(SearchTerms terms) : IErasureParticipant
{
    public async ValueTask Erase(DbConnection connection, DbTransaction transaction, string residentId, IReadOnlyList<Guid> identifiers, CancellationToken ct)
    {
        await SearchIndex.PurgeResident((NpgsqlConnection)connection, (NpgsqlTransaction)transaction, residentId, ct);
        terms.Erasing();
    }
}
