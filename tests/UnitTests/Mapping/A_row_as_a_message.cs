using System.Text;
using Health.Adapters.Sources;
using Health.Hl7v2;

namespace Health.UnitTests.Mapping;

public sealed class A_row_as_a_message
{
    private static readonly SqlViewSettings Settings = new() { ConnectionString = "Host=his", View = "his.v_admission" };
    private static readonly SourceProfile County = new() { Id = "stxy", InstitutionCode = "MY510722H001", SendingApplication = "HIS", SendingFacility = "STXY", Door = "sql-view", SqlView = Settings };
    private static readonly DateTime Changed = new(2026, 11, 24, 0, 15, 0, DateTimeKind.Utc);

    private static SqlViewRow Row(DateTime at, params (string Column, string? Value)[] values) =>
        new(7, at, values.ToDictionary(value => value.Column, value => value.Value));

    private static string Text(SqlViewRow row) => Encoding.UTF8.GetString(SqlViewMessage.Of(row, County, Settings));

    [Fact]
    public void says_what_the_row_says()
    {
        var row = Row(Changed, ("recordNo", "S001"), ("idNo", "51079919850615002X"), ("name", "李|珅"), ("sex", "2"), ("birth", "1985/6/15"), ("visitNo", "V1"),
            ("visitClass", "I"), ("deptName", "内科"), ("doctorCode", "D1"), ("doctorName", "王演示"), ("admitTime", "20261124080000"), ("status", "IN"));
        Assert.Equal(
            $"MSH|^~\\&|HIS|STXY|HEALTH||20261124001500+0000||ADT^A01|7-{row.Hash}|P|2.5.1||||||UNICODE UTF-8\rEVN|A01|20261124001500+0000\r"
            + "PID|1||S001^^^STXY^PI~51079919850615002X^^^^NI||李\\F\\珅||19850615|2\rPV1|1|I|内科||||D1^王演示||||||||||||V1|||||||||||||||||||||||||20261124080000\r",
            Text(row));
    }

    [Theory]
    [InlineData("REG", "A04")]
    [InlineData("OUT", "A03")]
    [InlineData("CXL", "A11")]
    [InlineData("???", "A08")]
    [InlineData(null, "A08")]
    public void has_the_trigger_of_its_status(string? status, string trigger)
    {
        using var message = Hl7Message.Read(SqlViewMessage.Of(Row(Changed, ("recordNo", "S001"), ("status", status)), County, Settings)).Message!;
        Assert.Equal(trigger, message.TriggerEvent);
    }

    [Fact]
    public void is_the_same_message_when_read_again_and_another_when_changed_even_back()
    {
        var first = Row(Changed, ("name", "甲"));
        Assert.Equal(Text(first), Text(Row(Changed, ("name", "甲"))));
        Assert.NotEqual(first.Hash, Row(Changed, ("name", "乙")).Hash);
        Assert.NotEqual(first.Hash, Row(Changed.AddSeconds(1), ("name", "甲")).Hash);
        Assert.NotEqual(Row(Changed, ("name", null)).Hash, Row(Changed, ("name", "")).Hash);
    }

    [Fact]
    public void leaves_a_date_that_is_none_for_the_mapping_to_report() =>
        Assert.Contains("|不详|", Text(Row(Changed, ("recordNo", "S001"), ("birth", "不详"), ("sex", "1"))), StringComparison.Ordinal);
}
