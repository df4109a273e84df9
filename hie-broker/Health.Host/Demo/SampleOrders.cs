using System.Globalization;
using Health.CardBridge.Issuing.Batches;
using Health.Contracts;

namespace Health.Host.Demo;

/// <summary>Orders for test identities, as many as wanted, each number once; the same count gives the same lines.</summary>
public static class SampleOrders
{
    private const int PerDay = 500;
    private const string Surnames = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹", Given = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红建国志文斌";
    private static readonly DateOnly FirstBirth = new(1935, 1, 1);

    public static string Header(bool import) => CardOrders.Header(import ? [.. CardOrders.ImportColumns, "purse_no"] : CardOrders.Columns);

    public static IEnumerable<string> Lines(int count, (string Code, string Division)[] institutions, bool import)
    {
        for (var i = 0; i < count; i++)
        {
            var birth = FirstBirth.AddDays(i / PerDay);
            var digits = string.Create(CultureInfo.InvariantCulture, $"{ResidentIdNumber.TestDivision}{birth:yyyyMMdd}{i % PerDay:D3}");
            var name = $"{Surnames[i % Surnames.Length]}{Given[i / 7 % Given.Length]}{Given[i / 211 % Given.Length]}";
            var (code, division) = institutions[i % institutions.Length];
            var line = CardOrders.Line(digits + ResidentIdNumber.CheckCharacter(digits), name, i % PerDay % 2 == 1 ? "1" : "2", birth, "01", division, code);
            yield return import ? string.Create(CultureInfo.InvariantCulture, $"{line},3200{i:D12},5108{i:D12}") : line;
        }
    }
}
