using Health.Adapters.Sources;

namespace Health.UnitTests.Adapters;

public sealed class Source_profiles : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("health-sources-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void are_found_by_application_and_facility_and_the_more_exact_one_wins()
    {
        Write("a", """{"id":"a","institutionCode":"I1","sendingFacility":"MYCH"}""");
        Write("b", """{"id":"b","institutionCode":"I1","sendingApplication":"LIS","sendingFacility":"MYCH"}""");
        Write("open", """{"id":"open","institutionCode":"I2","acceptsUnknownSenders":true}""");
        var registry = SourceRegistry.Load(folder);
        Assert.Equal("a", registry.Find("HIS", "MYCH")?.Id);
        Assert.Equal("b", registry.Find("LIS", "MYCH")?.Id);
        Assert.Equal("open", registry.Find("LIS", "OTHER")?.Id);
        Assert.Equal("open", registry.Find(null, null)?.Id);
        Assert.Equal(TimeSpan.FromHours(8), registry.ById("a")!.DefaultOffset);
    }

    [Fact]
    public void are_none_without_a_folder_and_then_no_sender_is_known()
    {
        Assert.Empty(SourceRegistry.Load(null).All);
        Assert.Null(SourceRegistry.Load(null).Find("HIS", "MYCH"));
    }

    [Theory]
    [InlineData("""{"id":"A!","institutionCode":"I","sendingFacility":"F"}""", "id must be")]
    [InlineData("""{"id":"a","institutionCode":"I"}""", "sendingApplication")]
    [InlineData("""{"id":"a","institutionCode":"I","sendingFacility":"F","charset":"klingon"}""", "table 0211")]
    [InlineData("""{"id":"a","institutionCode":"I","sendingFacility":"F","door":"pigeon"}""", "mllp, http, file or sql-view")]
    [InlineData("""{"id":"a","institutionCode":"I","sendingFacility":"F","door":"file","fileDrop":{"folder":"/tmp"},"alsoDoors":["ftp"]}""", "mllp, http or both")]
    [InlineData("""{"id":"a","institutionCode":"I","sendingFacility":"F","alsoDoors":["http"]}""", "door file and sql-view")]
    [InlineData("""{"id":"a","institutionCode":"I","sendingFacility":"F","defaultZone":"CST"}""", "+08:00")]
    [InlineData("""{"id":"a","institutionCode":"I","sendingFacilty":"F"}""", "sendingFacilty")]
    [InlineData("""{"id":"a","institutionCode":"I","sendingFacility":"F","door":"sql-view","sqlView":{"connectionString":"c","view":"v","intervalSeconds":86400000}}""", "86400 (a day)")]
    [InlineData("""{"id":"a","institutionCode":"I","sendingFacility":"F","door":"sql-view","sqlView":{"connectionString":"c","view":"v","overlapSeconds":1e300}}""", "86400 (a day)")]
    [InlineData("""{"id":"a","institutionCode":"I","sendingFacility":"F","door":"file","fileDrop":{"folder":"/srv","intervalSeconds":0.0001}}""", "0.01")]
    [InlineData("""{"id":"a"}""", "institutionCode")]
    [InlineData("""not json""", "invalid")]
    public void that_are_wrong_stop_the_start_with_the_file_and_what_would_be_right(string json, string expected)
    {
        Write("wrong", json);
        var error = Assert.Throws<InvalidOperationException>(() => SourceRegistry.Load(folder));
        Assert.Contains("wrong.json", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("""{"id":"a","institutionCode":"I","sendingFacility":"G"}""", "id 'a'")]
    [InlineData("""{"id":"b","institutionCode":"I","sendingFacility":"F"}""", "same sender")]
    public void that_contradict_each_other_stop_the_start(string second, string expected)
    {
        Write("1", """{"id":"a","institutionCode":"I","sendingFacility":"F"}""");
        Write("2", second);
        Assert.Contains(expected, Assert.Throws<InvalidOperationException>(() => SourceRegistry.Load(folder)).Message, StringComparison.Ordinal);
    }

    private void Write(string name, string json) => File.WriteAllText(Path.Combine(folder, $"{name}.json"), json);
}
