using Health.Fhir.Records;

namespace Health.UnitTests.Records;

/// <summary>One frozen sample per stored event: it must read for as long as the platform lives. Never edit a sample.</summary>
public sealed class Stored_resource_events
{
    [Fact]
    public void with_resident_and_effective_time_still_read()
    {
        var e = Assert.IsType<ResourceCreated>(new ResourceEventFormat().Deserialize(typeof(ResourceCreated), Sample.Created));
        Assert.Equal(("key-1", "resident-1", "MY510703H001"), (e.KeyId, e.ResidentId, e.InstitutionCode));
        Assert.Equal(Sample.LastUpdated, e.LastUpdated);
        Assert.Equal((Sample.EffectiveAt, TimeSpan.FromHours(8)), (e.EffectiveAt!.Value, e.EffectiveAt.Value.Offset));
        Assert.Equal([0xDE, 0xAD, 0xBE, 0xEF], e.Sealed.ToArray());
    }

    [Fact]
    public void without_resident_and_effective_time_still_read()
    {
        var e = Assert.IsType<ResourceUpdated>(new ResourceEventFormat().Deserialize(typeof(ResourceUpdated), Sample.Updated));
        Assert.Equal(("node", null, null), (e.KeyId, e.ResidentId, e.EffectiveAt));
        Assert.Equal([0x01], e.Sealed.ToArray());
    }

    [Fact]
    public void of_a_deletion_still_read()
    {
        var e = Assert.IsType<ResourceDeleted>(new ResourceEventFormat().Deserialize(typeof(ResourceDeleted), Sample.Deleted));
        Assert.Equal(("node", Sample.LastUpdated, 0), (e.KeyId, e.LastUpdated, e.Sealed.Length));
    }

    [Fact]
    public void are_written_as_they_were_frozen()
    {
        var e = ResourceEventFormat.Read(Sample.Created, ResourceCreated.Name);
        Assert.Equal(Sample.Created, ResourceEventFormat.Write(e));
        Assert.Equal(Sample.Updated, ResourceEventFormat.Write(ResourceEventFormat.Read(Sample.Updated, ResourceUpdated.Name)));
    }

    [Fact]
    public void of_an_unknown_format_are_refused_and_not_guessed() =>
        Assert.Throws<InvalidDataException>(() => ResourceEventFormat.Read(new byte[] { 2, 0, 0 }, ResourceCreated.Name));

    private static class Sample
    {
        public static readonly DateTimeOffset LastUpdated = DateTimeOffset.FromUnixTimeMilliseconds(1_772_323_200_120);
        public static readonly DateTimeOffset EffectiveAt = DateTimeOffset.FromUnixTimeMilliseconds(1_772_319_600_000).ToOffset(TimeSpan.FromHours(8));
        public static readonly byte[] Created = Convert.FromHexString("010305" + "6B65792D31" + "0A" + "7265736964656E742D31" + "0C" + "4D5935313037303348303031" + "78DCB1A69C010000" + "80ED7AA69C010000" + "E001" + "DEADBEEF");
        public static readonly byte[] Updated = Convert.FromHexString("010004" + "6E6F6465" + "0C" + "4D5935313037303348303031" + "78DCB1A69C010000" + "01");
        public static readonly byte[] Deleted = Convert.FromHexString("010004" + "6E6F6465" + "0C" + "4D5935313037303348303031" + "78DCB1A69C010000");
    }
}
