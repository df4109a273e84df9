using Health.Adapters.Sources;

namespace Health.UnitTests.Mapping;

public sealed class The_settings_of_a_pulled_hospital
{
    private static readonly SqlViewSettings Good = new() { ConnectionString = "Host=his", View = "his.v_admission" };

    [Fact]
    public void need_only_the_database_and_the_view() => Assert.Null(Good.Problem());

    [Fact]
    public void may_name_the_columns_otherwise_and_leave_some_out()
    {
        var settings = Good with { Columns = new Dictionary<string, string> { ["recordNo"] = "BRID", ["phone"] = "" } };
        Assert.Null(settings.Problem());
        Assert.Equal(("BRID", "", "visit_no"), (settings.Column("recordNo"), settings.Column("phone"), settings.Column("visitNo")));
    }

    [Fact]
    public void are_refused_with_what_would_be_right()
    {
        Assert.Contains("connectionString is needed", new SqlViewSettings { View = "v" }.Problem(), StringComparison.Ordinal);
        Assert.Contains("a view with its schema", (Good with { View = "v; drop table x" }).Problem(), StringComparison.Ordinal);
        Assert.Contains("'weight'; known are", (Good with { Columns = new Dictionary<string, string> { ["weight"] = "kg" } }).Problem(), StringComparison.Ordinal);
        Assert.Contains("must be a column name", (Good with { Columns = new Dictionary<string, string> { ["name"] = "a\"b" } }).Problem(), StringComparison.Ordinal);
        Assert.Contains("must name pk and updatedAt", (Good with { Columns = new Dictionary<string, string> { ["pk"] = "" } }).Problem(), StringComparison.Ordinal);
        Assert.Contains("rowCap", (Good with { RowCap = 0 }).Problem(), StringComparison.Ordinal);
    }
}
