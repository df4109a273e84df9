using System.Globalization;
using System.Text;
using Health.Hl7v2;

namespace Health.Benchmarks;

/// <summary>Messages of the sizes the targets name, as a hospital's systems write them.</summary>
internal static class Hl7Samples
{
    /// <summary>About 1.5 KB.</summary>
    public static byte[] Admission() => Bytes(
        """
        MSH|^~\&|HIS|MYCH|HEALTH|MIANYANG|20261124081512+0800||ADT^A01^ADT_A01|MSG20261124000017|P|2.5.1|||AL|NE|CHN|UNICODE UTF-8
        EVN|A01|20261124081510+0800||01|D0417^王^晓梅|20261124081400+0800
        PID|1||Z0012345^^^MYCH&2.16.156.10011.2.5.1.1&ISO^PI~510799198703121249^^^公安部^NI~JK5107030000123456^^^健康卡^HC~MZT510700998877^^^绵州通^MZT||欧阳^娜||19870312|F|||涪城区临园路东段72号3栋2单元501室^^绵阳市^四川省^621000^CHN^H^^涪城区~长虹大道中段1号^^绵阳市^四川省^621000^CHN^B||13800001111^PRN^CP~^NET^Internet^ouyang@example.cn|0816-2233445^WPN^PH|zh|M||V20261124001|||||四川绵阳|N|1|CN||CN||N
        NK1|1|李^建国|SPO^配偶^HL70063|涪城区临园路东段72号3栋2单元501室^^绵阳市^四川省^621000|13900002222^PRN^CP||EC
        PV1|1|I|NK03^0312^02^MYCH^^N^2号楼^3||||D0417^王^晓梅^^^主任医师|D0301^赵^国强|D0512^陈^立|MED||||1|||D0417^王^晓梅|IN|V20261124001|||||||||||||||||||||MYCH||||||20261124080500+0800
        PV2||||K29.500^慢性胃炎^I10
        DG1|1||K29.500^慢性胃炎^I10|慢性胃炎|20261124|A|||||||||1|D0417^王^晓梅
        DG1|2||I10.x00^高血压^I10|高血压|20261124|W|||||||||2|D0417^王^晓梅
        AL1|1|DA^药物^HL70127|PCN^青霉素^L|SV|皮疹|20200101
        IN1|1|310^城镇职工基本医疗保险|510700^绵阳市医疗保障局|绵阳市医疗保障局||||||||20260101|20261231|||欧阳^娜|SEL|||||||||||||||||||YB510799198703121249
        """);

    /// <summary>About 1.5 KB: a blood count of eight results.</summary>
    public static byte[] Result() => Results(8, "", "");

    /// <summary>About 10 KB: twenty-two results, each with laboratory, address, director and a note.</summary>
    public static byte[] LongResult() => Results(22,
        "|||D0601^周^敏^^^主管检验师|AUTO^全自动血细胞分析仪法^L|SN20240017^Sysmex XN-9000||||绵阳市演示中心医院检验科^^^^^MYCH&2.16.156.10011.2.5.1.1&ISO^XX^^^MY510703H001|涪城区常家巷12号^^绵阳市^四川省^621000^CHN^B|D0600^郑^为民^^^主任技师",
        "NTE|1|L|标本轻度溶血，已复查确认，结果与前次比较差异小于允许误差，请结合临床综合判断\n");

    /// <summary>About 100 KB: a report as a PDF.</summary>
    public static byte[] Pdf() => Bytes(Order + $"OBX|1|ED|PDF^报告||MYCH^AP^PDF^Base64^{Convert.ToBase64String(new byte[75_000])}||||||F\n");

    private const string Order =
        """
        MSH|^~\&|LIS|MYCH|HEALTH|MIANYANG|20261124093000+0800||ORU^R01^ORU_R01|LIS20261124000101|P|2.5.1|||AL|NE|CHN|UNICODE UTF-8
        PID|1||Z0012345^^^MYCH^PI~510799198703121249^^^公安部^NI||欧阳^娜||19870312|F
        PV1|1|I|NK03^0312^02||||D0417^王^晓梅|||||||||||V20261124001
        ORC|RE|A10023|L20261124101
        OBR|1|A10023|L20261124101|XCG^血常规^L|||20261124083000+0800|||||||20261124084000+0800|BLD|D0417^王^晓梅||||||20261124092500+0800||LAB|F||||||||D0601&周&敏

        """;

    private static byte[] Results(int count, string more, string note)
    {
        var text = new StringBuilder(Order);
        for (var i = 1; i <= count; i++)
            text.Append(CultureInfo.InvariantCulture, $"OBX|{i}|NM|WBC{i:00}^白细胞计数{i}^L^6690-2^Leukocytes^LN||{6 + i / 10.0:0.00}|10*9/L^10*9/L^UCUM|3.50-9.50|{(i % 7 == 0 ? "H" : "N")}|||F|||20261124092000+0800{more}\n").Append(note);
        return Bytes(text.ToString());
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\r"));

    /// <summary>The same message in GB 18030.</summary>
    public static byte[] Gb(byte[] utf8) =>
        Hl7Charset.Gb18030.Encoding.GetBytes(Encoding.UTF8.GetString(utf8).Replace("UNICODE UTF-8", "GB 18030-2000", StringComparison.Ordinal));
}
