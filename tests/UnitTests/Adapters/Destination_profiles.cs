using Health.Adapters.Outbound;

namespace Health.UnitTests.Adapters;

public sealed class Destination_profiles
{
    private const string Good =
        """{"id":"stxy","institutionCode":"MY510722H001","address":"10.1.2.3:2575","receivingApplication":"HIS","receivingFacility":"STXY","events":["ADT","ORU^R01"]}""";

    [Fact]
    public void say_where_to_what_and_how()
    {
        var profile = Assert.Single(Load(Good).All);
        Assert.Equal(("10.1.2.3", 2575), profile.Endpoint);
        Assert.Equal(["Patient", "Encounter", "DiagnosticReport", "Observation"], profile.ResourceTypes());
        Assert.Equal(("own", "2.5.1", false, false), (profile.Residents, profile.Version, profile.EnhancedMode, profile.Stops));
    }

    [Theory]
    [InlineData("\"stxy\"", "\"ST XY\"", "id must be")]
    [InlineData("10.1.2.3:2575", "10.1.2.3", "host:port")]
    [InlineData("[\"ADT\",\"ORU^R01\"]", "[\"SIU\"]", "events must name")]
    [InlineData("[\"ADT\",\"ORU^R01\"]", "[]", "events must name")]
    [InlineData("[\"ADT\",\"ORU^R01\"]", "[\"ADT\"],\"charset\":\"8859/1\"", "lack no character")]
    [InlineData("[\"ADT\",\"ORU^R01\"]", "[\"ADT\"],\"residents\":\"some\"", "own or all")]
    [InlineData("[\"ADT\",\"ORU^R01\"]", "[\"ADT\"],\"version\":\"3.0\"", "one of 2.3")]
    [InlineData("[\"ADT\",\"ORU^R01\"]", "[\"ADT\"],\"onDeadLetter\":\"wait\"", "continue or stop")]
    [InlineData("[\"ADT\",\"ORU^R01\"]", "[\"ADT\"],\"backOff\":{\"firstSeconds\":0}", "firstSeconds")]
    [InlineData("[\"ADT\",\"ORU^R01\"]", "[\"ADT\"],\"backOff\":{\"errors\":0}", "from 1 to 1000")]
    [InlineData("[\"ADT\",\"ORU^R01\"]", "[\"ADT\"],\"tls\":{\"serverCertificate\":\"ab\"}", "64 hexadecimal")]
    [InlineData("[\"ADT\",\"ORU^R01\"]", "[\"ADT\"],\"zone\":\"8\"", "+08:00")]
    [InlineData("\"events\"", "\"event\"", "event")]
    public void that_are_wrong_stop_the_start_with_what_would_be_right(string part, string instead, string says)
    {
        var failure = Assert.Throws<InvalidOperationException>(() => Load(Good.Replace(part, instead, StringComparison.Ordinal)));
        Assert.Contains(says, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void wait_ever_longer_up_to_a_limit()
    {
        var backOff = new BackOffSettings { FirstSeconds = 1, MostSeconds = 10 };
        Assert.Equal([1, 2, 4, 8, 10, 10], new[] { 1, 2, 3, 4, 5, 1000 }.Select(failures => backOff.Delay(failures).TotalSeconds));
    }

    private static DestinationRegistry Load(string json)
    {
        var folder = Directory.CreateTempSubdirectory("health-destinations-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "one.json"), json);
            return DestinationRegistry.Load(folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
