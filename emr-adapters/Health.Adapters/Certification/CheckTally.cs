namespace Health.Adapters.Certification;

/// <summary>Counts what was seen and what was wrong, by item, and keeps the first places.</summary>
internal sealed class CheckTally
{
    private const int MostEvidence = 5;
    private readonly Dictionary<string, (int Seen, int Failures, List<CheckEvidence> Evidence)> items = CheckList.Items.ToDictionary(item => item.Id, _ => (0, 0, new List<CheckEvidence>()));

    /// <summary>The item was judged and is right.</summary>
    public void Pass(string item) => items[item] = items[item] with { Seen = items[item].Seen + 1 };

    public void Fail(string item, string controlId, string path, string text)
    {
        var (seen, failures, evidence) = items[item];
        if (evidence.Count < MostEvidence) evidence.Add(new CheckEvidence(controlId, path, text));
        items[item] = (seen + 1, failures + 1, evidence);
    }

    /// <summary>How often an item was looked at, where only what is wrong was told.</summary>
    public void LookedAt(string item, int count) => items[item] = items[item] with { Seen = count };

    /// <summary>Right or wrong, judged once.</summary>
    public void Judge(string item, bool isRight, string controlId, string path, string text)
    {
        if (isRight) Pass(item);
        else Fail(item, controlId, path, text);
    }

    public IReadOnlyList<CheckedItem> Items() =>
    [
        .. CheckList.Items.Select(item =>
        {
            var (seen, failures, evidence) = items[item.Id];
            var result = failures > 0 ? CheckResult.Fail : seen > 0 ? CheckResult.Pass : CheckResult.NotSeen;
            return new CheckedItem(item.Id, item.Chinese, item.English, item.IsRequired, result, seen, failures, evidence);
        }),
    ];
}
