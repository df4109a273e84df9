namespace Health.Host.Commands;

/// <summary>Files named on the command line, and those inside folders named there.</summary>
public static class Files
{
    /// <exception cref="InvalidOperationException">A path does not exist, or nothing was found.</exception>
    public static IReadOnlyList<string> Find(IEnumerable<string> paths, params string[] endings)
    {
        var found = new List<string>();
        foreach (var path in paths)
        {
            if (File.Exists(path)) found.Add(path);
            else if (Directory.Exists(path))
                found.AddRange(Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories)
                    .Where(file => endings.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase))
                    .Order(StringComparer.Ordinal));
            else throw new InvalidOperationException($"{path} does not exist.");
        }

        return found.Count > 0 ? found : throw new InvalidOperationException($"No {string.Join(" or ", endings)} file in {string.Join(", ", paths)}.");
    }
}
