using System.Diagnostics;
using System.Text;

namespace Health.SimulationTests.Day;

/// <summary>
/// A dump of the whole database, searched for persons: their names stand in the name index of search and nowhere else, their ID numbers
/// nowhere at all; neither in clear, nor escaped, nor as bytes in hex or base64 of UTF-8 or GB 18030.
/// </summary>
public static class DatabaseDump
{
    private static readonly HashSet<string> NameIndex = ["fhir.search_string", "fhir.search_string_past"];

    private sealed record Needle(string What, string Text, bool IsName);

    public static async Task Names_residents_nowhere_but_in_the_name_index(City city)
    {
        var needles = Needles([Person.Resident, Person.Namesake]).ToList();
        var hits = new Dictionary<(string Table, string What), int>();
        var (rows, indexed) = (0, 0);
        await foreach (var (table, row) in Rows(city))
        {
            rows++;
            foreach (var needle in needles)
            {
                if (!row.Contains(needle.Text, StringComparison.Ordinal)) continue;
                if (needle.IsName && NameIndex.Contains(table)) indexed++;
                else hits[(table, needle.What)] = hits.GetValueOrDefault((table, needle.What)) + 1;
            }
        }

        Assert.True(hits.Count == 0, string.Join('\n', hits.Select(hit => $"{hit.Key.Table} holds {hit.Key.What} in {hit.Value} rows")));
        // The search itself works: it finds the names where they are meant to be, in a dump that has the day in it.
        Assert.True(indexed > 0 && rows > 100, $"{rows} rows, {indexed} of them with a name in the index");
    }

    private static IEnumerable<Needle> Needles(IEnumerable<Person> persons)
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        var gb18030 = Encoding.GetEncoding("GB18030");
        foreach (var (text, isName) in persons.SelectMany(person => new[] { (person.Name, true), (person.IdNumber, false) }).Distinct())
        {
            var kind = isName ? "a name" : "an ID number";
            yield return new(kind, text, isName);
            yield return new($"{kind}, escaped", string.Concat(text.Select(c => $@"\u{(int)c:x4}")), isName);
            // The four bytes of a short name meet by chance in some megabytes of ciphertext; with the field separators of HL7 around them they do not.
            var inMessage = isName ? $"|{text}|" : text;
            foreach (var (encoding, bytes) in new[] { ("UTF-8", Encoding.UTF8.GetBytes(text)), ("GB 18030", gb18030.GetBytes(inMessage)) })
            {
                yield return new($"{kind} as {encoding} bytes", Convert.ToHexStringLower(bytes), isName);
                for (var shift = 0; shift < 3; shift++) yield return new($"{kind} as base64 of {encoding}", Base64Within(bytes, shift), isName);
            }
        }
    }

    /// <summary>The characters of base64 that depend on these bytes alone when they begin <paramref name="shift"/> bytes after a group.</summary>
    private static string Base64Within(byte[] bytes, int shift)
    {
        var text = Convert.ToBase64String([.. new byte[shift], .. bytes]).TrimEnd('=');
        var first = (shift * 8 + 5) / 6;
        return text[first..((shift + bytes.Length) * 8 / 6)];
    }

    /// <summary>The rows of the dump with the table they belong to; what is no row is given with the table "(none)".</summary>
    private static async IAsyncEnumerable<(string Table, string Row)> Rows(City city)
    {
        var folder = city.Platform.PostgresFolder;
        var port = File.ReadLines(Path.Combine(folder, "data", "postmaster.pid")).ElementAt(3);
        var start = new ProcessStartInfo(PgDump(), ["--data-only", "--host=127.0.0.1", $"--port={port}", "--username=health", "--no-password", "--dbname=health"])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, StandardOutputEncoding = Encoding.UTF8,
        };
        start.Environment["PGPASSWORD"] = (await File.ReadAllTextAsync(Path.Combine(folder, "password"))).Trim();
        using var dump = Process.Start(start)!;
        var problems = dump.StandardError.ReadToEndAsync();
        var table = "(none)";
        while (await dump.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.StartsWith("COPY ", StringComparison.Ordinal) && line.EndsWith("FROM stdin;", StringComparison.Ordinal)) table = line.Split(' ')[1];
            else if (line == @"\.") table = "(none)";
            else yield return (table, line);
        }

        await dump.WaitForExitAsync();
        Assert.True(dump.ExitCode == 0, await problems);
    }

    private static string PgDump() =>
        Directory.EnumerateDirectories("/usr/lib/postgresql").Select(version => Path.Combine(version, "bin", "pg_dump")).Where(File.Exists).Order().Last();
}
