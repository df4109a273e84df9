using Npgsql;

namespace Health.SimulationTests.Day;

/// <summary>Points 7 and 8: the index rebuilds to an equal digest, the audit log verifies, and a row altered by SQL is named.</summary>
public static class Proofs
{
    public static async Task Hold(City city)
    {
        var (code, text) = await city.Platform.Verb("rebuild", "search");
        Assert.True(code == 0 && text.Contains("equal", StringComparison.Ordinal), text);

        (code, text) = await city.Platform.Verb("verify-audit");
        Assert.True(code == 0, text);

        await using var database = NpgsqlDataSource.Create(city.Platform.ConnectionString);
        await using (var alter = database.CreateCommand("alter table audit.fact disable trigger user; update audit.fact set institution = 'X' where ctid = (select min(ctid) from audit.fact)"))
            await alter.ExecuteNonQueryAsync();
        (code, text) = await city.Platform.Verb("verify-audit");
        Assert.True(code == 1 && text.Contains("altered", StringComparison.Ordinal), text);
    }
}
