using System.Text;
using Health.Contracts;
using Health.Fhir.Records;

namespace Health.UnitTests.Records;

public sealed class A_write_is_decided
{
    private static readonly DateTimeOffset Then = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), Now = new(2026, 1, 2, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void as_version_one_when_nothing_was_there()
    {
        var written = Assert.IsType<RecordDecision.Written>(Decide(Write(WriteKind.Put, """{"resourceType":"Basic"}"""), null));
        Assert.Equal((1, false), (written.Version, written.Deleted));
    }

    [Fact]
    public void as_the_next_version_when_it_says_something_new() =>
        Assert.Equal(4, Assert.IsType<RecordDecision.Written>(Decide(Write(WriteKind.Put, """{"resourceType":"Basic","language":"zh"}"""), Stored(3, """{"resourceType":"Basic"}"""))).Version);

    [Theory]
    [InlineData(WriteKind.Put, """{"resourceType":"Basic","language":"zh"}""")]
    [InlineData(WriteKind.Put, """{ "resourceType" : "Basic", "language":"zh" }""")]
    [InlineData(WriteKind.Merge, """{"language":"zh"}""")]
    [InlineData(WriteKind.Merge, """{"code":null}""")]
    public void as_unchanged_when_it_says_nothing_new(WriteKind kind, string json) =>
        Assert.Equal(3, Assert.IsType<RecordDecision.Unchanged>(Decide(Write(kind, json), Stored(3, """{"resourceType":"Basic","language":"zh"}"""))).Version);

    [Fact]
    public void as_unchanged_when_a_reader_sends_back_what_was_read()
    {
        var stored = Stored(3, """{"resourceType":"Basic","language":"zh"}""");
        Assert.IsType<RecordDecision.Unchanged>(Decide(Write(WriteKind.Put, Encoding.UTF8.GetString(stored.Body.Span)), stored));
    }

    [Theory]
    [InlineData(3L, null)]
    [InlineData(2L, 412)]
    [InlineData(0L, 412)]
    public void by_the_version_the_writer_saw(long expected, int? status)
    {
        var decision = Decide(Write(WriteKind.Put, """{"resourceType":"Basic"}""") with { ExpectedVersion = expected }, Stored(3, """{"resourceType":"Basic","language":"zh"}"""));
        Assert.Equal(status, (decision as RecordDecision.Refused)?.Refusal.Status);
    }

    [Fact]
    public void as_a_conflict_when_a_create_meets_a_resource_or_a_deleted_one()
    {
        Assert.Equal(409, Assert.IsType<RecordDecision.Refused>(Decide(Write(WriteKind.Create, """{"resourceType":"Basic"}"""), Stored(1, """{"resourceType":"Basic"}"""))).Refusal.Status);
        Assert.Equal(409, Assert.IsType<RecordDecision.Refused>(Decide(Write(WriteKind.Create, """{"resourceType":"Basic"}"""), new RecordState(2, true, Then, default))).Refusal.Status);
    }

    [Fact]
    public void as_a_deletion_once_and_unchanged_afterwards()
    {
        Assert.True(Assert.IsType<RecordDecision.Written>(Decide(Write(WriteKind.Delete, ""), Stored(1, """{"resourceType":"Basic"}"""))).Deleted);
        Assert.IsType<RecordDecision.Unchanged>(Decide(Write(WriteKind.Delete, ""), new RecordState(2, true, Then, default)));
        Assert.IsType<RecordDecision.Unchanged>(Decide(Write(WriteKind.Delete, ""), null));
    }

    [Fact]
    public void anew_when_a_merge_meets_a_deleted_resource()
    {
        var written = Assert.IsType<RecordDecision.Written>(Decide(Write(WriteKind.Merge, """{"language":"en"}""") with { Defaults = Bytes("""{"created":"2026-01-01"}""") }, new RecordState(2, true, Then, default)));
        Assert.Equal(3, written.Version);
        Assert.Equal("""{"resourceType":"Basic","id":"b","meta":{"versionId":"3","lastUpdated":"2026-01-02T08:00:00.000+08:00"},"language":"en","created":"2026-01-01"}""", Encoding.UTF8.GetString(written.Body.Span));
    }

    [Theory]
    [InlineData("{", "well-formed")]
    [InlineData("""{"resourceType":"Patient"}""", "not a Basic")]
    public void as_refused_when_the_body_is_not_what_it_should_be(string json, string says) =>
        Assert.Contains(says, Assert.IsType<RecordDecision.Refused>(Decide(Write(WriteKind.Put, json), null)).Refusal.Diagnostics);

    private static RecordDecision Decide(RecordWrite write, RecordState? state) => RecordDecider.Decide(write, state, Now);

    private static RecordWrite Write(WriteKind kind, string json) => new(kind, "Basic", "b", Bytes(json));

    private static RecordState Stored(long version, string json)
    {
        Assert.Null(ResourceScan.TryRead(Bytes(json), out var scan));
        return new RecordState(version, false, Then, ResourceBytes.Splice(Bytes(json), scan, "Basic", "b", version, Then));
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
