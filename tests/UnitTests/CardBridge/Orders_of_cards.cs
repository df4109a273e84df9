using System.Text;
using Health.CardBridge.Issuing.Batches;
using Health.Host.Demo;

namespace Health.UnitTests.CardBridge;

public sealed class Orders_of_cards
{
    private const string Header = "id_number,name,sex,birth,nation,division,institution\n";

    [Fact]
    public void are_read_in_parts_with_the_lines_they_stand_in()
    {
        var parts = Read(Header + string.Concat(Enumerable.Range(1, 5).Select(i => $"{i},n{i},1,19900101,01,510703,I\n")), 2);
        Assert.Equal([(1, 2, 2), (2, 4, 2), (3, 6, 1)], parts.Select(part => (part.Part, part.FirstLine, part.Lines.Count)));
        Assert.Equal([2, 3, 4, 5, 6], parts.SelectMany(part => part.Lines).Select(line => line.Line));
        Assert.Equal("n5", parts[2].Lines[0].Name);
    }

    [Fact]
    public void may_have_quotes_other_columns_and_another_order()
    {
        var line = Read("name,remark,id_number,birth,sex,nation,institution,division\n\"张,\"\"测\"\"\",\"two\nlines\",7,19900101,1,01,I,510703\n", 10)[0].Lines[0];
        Assert.Equal(("张,\"测\"", "7", "I", "510703"), (line.Name, line.IdNumber, line.Institution, line.Division));
    }

    [Fact]
    public void without_a_column_are_refused_whole() =>
        Assert.Contains("division", Assert.Throws<OrdersMalformedException>(() => Read("id_number,name,sex,birth,nation,institution\n", 10)).Message, StringComparison.Ordinal);

    [Fact]
    public void with_a_short_or_overlong_line_lose_that_line_alone()
    {
        var lines = Read(Header + "1,n\n2," + new string('n', 5000) + ",1,19900101,01,510703,I\n3,n3,1,19900101,01,510703,I\n", 10)[0].Lines;
        Assert.Equal(("1", "n", ""), (lines[0].IdNumber, lines[0].Name, lines[0].Sex));
        Assert.Equal(("2", ""), (lines[1].IdNumber, lines[1].Name));
        Assert.Equal("n3", lines[2].Name);
    }

    [Fact]
    public void that_are_empty_have_no_part() => Assert.Empty(Read(Header, 10));

    [Fact]
    public void for_samples_are_test_identities_each_once()
    {
        var lines = SampleOrders.Lines(3_000, [("I", "510703")], import: false).ToList();
        Assert.Equal(3_000, lines.Select(line => line.Split(',')[0]).Distinct().Count());
        foreach (var fields in lines.Select(line => line.Split(',')))
        {
            Assert.True(Health.Contracts.ResidentIdNumber.TryParse(fields[0], out var number) && number.IsTestIdentity);
            Assert.Equal(number.Gender == "male" ? "1" : "2", fields[2]);
        }
    }

    private static List<OrderPart> Read(string text, int partSize) => [.. CardOrders.Read(new MemoryStream(Encoding.UTF8.GetBytes(text)), partSize, CardOrders.Columns)];
}
