using System.Text.Json;
using Health.Cards;

namespace Health.CardAgent.Loads;

/// <summary>A load under way. <paramref name="IsSent"/>: CREDIT FOR LOAD may have reached the card.</summary>
/// <param name="Outcome"><c>loaded</c> or <c>not-loaded</c> once the card has said so; it is then to be reported.</param>
public sealed record OpenLoad(string LoadId, LoadIntent Intent, bool IsSent, string? Outcome, string? Tac);

/// <summary>The one load that is not finished, durable before each step; a desk begins no other before it is decided and reported.</summary>
public sealed class LoadStore(AgentSettings settings)
{
    private readonly string file = Path.Combine(settings.DataFolder, "open-load");
    private readonly string sequence = Path.Combine(settings.DataFolder, "sequences", "loads");

    public OpenLoad? Open => File.Exists(file) ? JsonSerializer.Deserialize<OpenLoad>(File.ReadAllBytes(file)) : null;

    public string NewId() => $"{settings.DeskId}|load|{new SequenceFile(sequence).Next()}";

    public OpenLoad Keep(OpenLoad load)
    {
        DurableFile.Replace(file, JsonSerializer.SerializeToUtf8Bytes(load));
        return load;
    }

    public void Finish() => File.Delete(file);
}
