namespace Health.Fhir.Subscriptions;

/// <summary>
/// A topic of this server's own catalogue: an event on one resource type, told by searches on the version after it (<paramref name="After"/>)
/// and on the version before it (<paramref name="NotBefore"/>: must not have matched). Empty means any.
/// </summary>
/// <param name="OnDelete">A deletion counts as well, judged by the version before it.</param>
public sealed record SubscriptionTopic(string Name, string Title, string ResourceType, string After = "", string NotBefore = "", bool OnDelete = false)
{
    private const string Base = "urn:health:subscription-topic:";

    public string Canonical => Base + Name;

    public static readonly IReadOnlyList<SubscriptionTopic> All =
    [
        new("encounter-start", "就诊开始 An encounter begins", "Encounter", "status=in-progress", "status=in-progress"),
        new("encounter-end", "就诊结束 An encounter ends", "Encounter", "status=finished", "status=finished"),
        new("lab-result", "检验结果 A laboratory result is final or corrected", "Observation", "category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory&status=final,amended,corrected"),
        new("patient-change", "居民信息变更 A Patient is created, changed or deleted", "Patient", OnDelete: true),
        new("document-new", "新文档 A document is made available", "DocumentReference", "status=current", "status=current"),
    ];

    public static SubscriptionTopic? Find(string canonical) => All.FirstOrDefault(topic => topic.Canonical == canonical.Split('|')[0]);
}
