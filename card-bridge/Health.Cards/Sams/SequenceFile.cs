using System.Globalization;

namespace Health.Cards;

/// <summary>A counter in a file. A number is on the disk before it is given out; after a crash a number may be skipped, never repeated.</summary>
public sealed class SequenceFile(string path)
{
    private readonly Lock turn = new();

    public uint Next()
    {
        lock (turn)
        {
            var last = File.Exists(path) ? uint.Parse(File.ReadAllText(path), CultureInfo.InvariantCulture) : 0;
            var next = checked(last + 1);
            DurableFile.Replace(path, System.Text.Encoding.ASCII.GetBytes(next.ToString(CultureInfo.InvariantCulture)));
            return next;
        }
    }
}
