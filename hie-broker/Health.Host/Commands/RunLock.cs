namespace Health.Host.Commands;

/// <summary>One platform per data folder. The lock is the kernel's, so a killed owner never leaves it behind.</summary>
public sealed class RunLock : IDisposable
{
    private readonly FileStream file;

    private RunLock(FileStream file) => this.file = file;

    /// <exception cref="InvalidOperationException">A platform already runs on the folder.</exception>
    public static RunLock Take(string folder)
    {
        try
        {
            return new RunLock(new FileStream(Path.Combine(folder, "running.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException e)
        {
            throw new InvalidOperationException($"A platform already runs on {folder}: stop it, or give another --data and --port.", e);
        }
    }

    public void Dispose() => file.Dispose();
}
