using System.Globalization;
using System.Text;
using Health.Cards;

namespace Health.CardAgent.Platform;

/// <summary>Whether the platform answers, and the latest time it gave: a clock that was set back is seen against it, also after a restart.</summary>
public sealed class PlatformLink
{
    private static readonly TimeSpan Grain = TimeSpan.FromMinutes(1);
    private readonly Lock turn = new();
    private readonly string file;
    private DateTimeOffset latest, kept;

    public PlatformLink(AgentSettings settings)
    {
        file = Path.Combine(settings.DataFolder, "platform-time");
        if (File.Exists(file) && DateTimeOffset.TryParse(File.ReadAllText(file), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var before)) latest = kept = before;
    }

    /// <summary>The last call got no answer, or 5xx.</summary>
    public bool IsDown { get; private set; }

    /// <summary>The latest time the platform gave.</summary>
    public DateTimeOffset LatestTime
    {
        get { lock (turn) return latest; }
    }

    public void Heard(DateTimeOffset? date)
    {
        lock (turn)
        {
            IsDown = false;
            if (date is not { } time || time <= latest) return;
            latest = time;
            if (latest - kept < Grain) return;
            DurableFile.Replace(file, Encoding.ASCII.GetBytes(latest.ToString("O", CultureInfo.InvariantCulture)));
            kept = latest;
        }
    }

    public void Silent()
    {
        lock (turn) IsDown = true;
    }
}
