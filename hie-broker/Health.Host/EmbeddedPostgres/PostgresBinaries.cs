namespace Health.Host.EmbeddedPostgres;

/// <summary>Finds the server programs of the distribution's PostgreSQL.</summary>
public static class PostgresBinaries
{
    private const string DebianRoot = "/usr/lib/postgresql";

    /// <summary>Folder with initdb, pg_ctl and postgres; the newest installed version.</summary>
    /// <exception cref="InvalidOperationException">None installed; the message says which package brings them.</exception>
    public static string Folder()
    {
        var found = Directory.Exists(DebianRoot)
            ? Directory.GetDirectories(DebianRoot)
                .Where(version => File.Exists(Path.Combine(version, "bin", "initdb")))
                .OrderByDescending(version => int.TryParse(Path.GetFileName(version), out var number) ? number : 0)
                .Select(version => Path.Combine(version, "bin"))
                .FirstOrDefault()
            : null;
        return found ?? throw new InvalidOperationException(
            "PostgreSQL is not installed: run 'apt-get install postgresql', or set Health:Database to a connection string.");
    }
}
