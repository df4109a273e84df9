using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Health.Broker.Keys;

/// <summary>Files that must survive a power cut: contents and directory entry are on the disk when a method returns.</summary>
internal static class DurableFile
{
    private const int ReadOnlyDirectory = 0x10000;

    /// <summary>Writes a secret of mode 600 unless the file is there; of several writers one wins and the others read its file.</summary>
    public static void CreateSecret(string path, ReadOnlySpan<byte> content)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        System.IO.Directory.CreateDirectory(folder);
        var draft = Path.Combine(folder, Path.GetRandomFileName());
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        using (var file = new FileStream(draft, options))
        {
            file.Write(content);
            file.Flush(flushToDisk: true);
        }

        try
        {
            File.Move(draft, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            File.Delete(draft);
        }

        SyncFolder(folder);
    }

    public static void SyncFolder(string folder)
    {
        var handle = OpenNative(folder, ReadOnlyDirectory);
        if (handle < 0) throw new IOException($"{folder} cannot be opened.", new Win32Exception(Marshal.GetLastPInvokeError()));
        var failed = SyncNative(handle) != 0;
        var error = Marshal.GetLastPInvokeError();
        _ = CloseNative(handle);
        if (failed) throw new IOException($"{folder} cannot be synchronised.", new Win32Exception(error));
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    private static extern int OpenNative([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static extern int SyncNative(int handle);

    [DllImport("libc", EntryPoint = "close")]
    private static extern int CloseNative(int handle);
}
