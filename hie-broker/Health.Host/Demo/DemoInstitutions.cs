using Health.Contracts;

namespace Health.Host.Demo;

/// <summary>The institutions of the demo city.</summary>
public static class DemoInstitutions
{
    public static readonly Institution CentralHospital = new("MY510703H001", "绵阳市演示中心医院", "Mianyang Demo Central Hospital", "510703", "A100");
    public static readonly Institution CountyHospital = new("MY510722H001", "三台县演示人民医院", "Santai Demo County Hospital", "510722", "A100");
    public static readonly Institution HealthCentre = new("MY510704W001", "游仙区演示镇卫生院", "Youxian Demo Township Health Centre", "510704", "C220");
    public static readonly Institution OpenTestSource = new("MY510700T001", "开放测试来源", "Open test source", "510700", "D300");

    public static readonly Institution[] All = [CentralHospital, CountyHospital, HealthCentre, OpenTestSource];
}
