namespace Health.Identity.Keys;

/// <summary>Files that hold secrets: readable by their owner alone, written whole or not at all.</summary>
internal static class PrivateFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public static DirectoryInfo CreateFolder(string folder) =>
        Directory.CreateDirectory(folder, OwnerOnly | UnixFileMode.UserExecute);

    /// <summary>Writes the file unless it exists; of several processes one wins and all read the winner's.</summary>
    public static void WriteOnce(string path, string text)
    {
        if (File.Exists(path)) return;
        var draft = $"{path}.{Guid.NewGuid():n}";
        Write(draft, text);
        try
        {
            File.Move(draft, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            File.Delete(draft);
        }
    }

    public static void Replace(string path, string text)
    {
        var draft = $"{path}.{Guid.NewGuid():n}";
        Write(draft, text);
        File.Move(draft, path, overwrite: true);
    }

    private static void Write(string path, string text)
    {
        using var stream = new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly });
        stream.Write(System.Text.Encoding.UTF8.GetBytes(text));
        stream.Flush(flushToDisk: true);
    }
}
