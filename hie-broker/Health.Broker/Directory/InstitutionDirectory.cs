using System.Collections.Concurrent;
using Health.Contracts;
using Marten;
using Npgsql;

namespace Health.Broker.Directory;

/// <summary>An institution entered the register of the region.</summary>
public sealed record InstitutionRegistered(string Code, string Name, string EnglishName, string DivisionCode, string ClassCode);

/// <summary>An entry of the register reads differently from now on (all fields as they are now).</summary>
public sealed record InstitutionChanged(string Code, string Name, string EnglishName, string DivisionCode, string ClassCode);

/// <summary>The register: one stream per institution, read from a table and kept in memory (hundreds of entries).</summary>
internal sealed class InstitutionDirectory(NpgsqlDataSource database, IDocumentStore store) : IDirectory
{
    private const string Columns = "code, name, english_name, division_code, class_code";
    private readonly ConcurrentDictionary<string, Institution> known = new(StringComparer.Ordinal);

    public async ValueTask<Institution?> FindInstitution(string code, CancellationToken ct)
    {
        if (known.TryGetValue(code, out var cached)) return cached;
        await using var command = database.CreateCommand($"select {Columns} from broker.institution where code = $1");
        command.Parameters.Add(new NpgsqlParameter { Value = code });
        var found = await Read(command, ct);
        return found.Count == 0 ? null : known.GetOrAdd(code, found[0]);
    }

    public async ValueTask<IReadOnlyList<Institution>> Institutions(CancellationToken ct)
    {
        await using var command = database.CreateCommand($"select {Columns} from broker.institution order by code");
        return await Read(command, ct);
    }

    public async ValueTask Register(Institution institution, EventHeader header, CancellationToken ct)
    {
        Check(institution);
        await using var appending = await Appending.Begin(database, store, header, ct);
        await appending.TakeTurn(ct);
        await using (var command = new NpgsqlCommand($"select {Columns} from broker.institution where code = $1", appending.Connection))
        {
            command.Parameters.Add(new NpgsqlParameter { Value = institution.Code });
            var before = await Read(command, ct);
            if (before.Count > 0 && before[0] == institution) return;
            appending.Session.Events.Append($"institution/{institution.Code}", before.Count == 0 ? Registered(institution) : Changed(institution));
        }

        await appending.Session.SaveChangesAsync(ct);
        await appending.Execute(
            $"""
            insert into broker.institution ({Columns}) values ($1, $2, $3, $4, $5)
            on conflict (code) do update set name = $2, english_name = $3, division_code = $4, class_code = $5
            """,
            [institution.Code, institution.Name, institution.EnglishName, institution.DivisionCode, institution.ClassCode], ct);
        await appending.Commit(ct);
        known[institution.Code] = institution;
    }

    private static InstitutionRegistered Registered(Institution i) => new(i.Code, i.Name, i.EnglishName, i.DivisionCode, i.ClassCode);

    private static InstitutionChanged Changed(Institution i) => new(i.Code, i.Name, i.EnglishName, i.DivisionCode, i.ClassCode);

    private static void Check(Institution institution)
    {
        if (institution.Code.Length is 0 or > 64 || !institution.Code.All(char.IsAsciiLetterOrDigit))
            throw new ArgumentException($"'{institution.Code}' is no institution code: 1 to 64 ASCII letters and digits.", nameof(institution));
        if (institution.DivisionCode.Length != 6 || !institution.DivisionCode.All(char.IsAsciiDigit))
            throw new ArgumentException($"'{institution.DivisionCode}' is no division: a six-digit GB/T 2260 code such as 510703.", nameof(institution));
    }

    private static async Task<List<Institution>> Read(NpgsqlCommand command, CancellationToken ct)
    {
        var rows = new List<Institution>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            rows.Add(new Institution(reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetString(4)));
        return rows;
    }
}
