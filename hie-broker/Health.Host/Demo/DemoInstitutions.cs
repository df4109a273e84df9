using System.Text.Json;
using System.Text.Json.Nodes;
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

    /// <summary>The FHIR Organizations of the register's entries; nothing changes when they are already so.</summary>
    public static async Task WriteOrganizations(IRecordStore records, EventHeader header, CancellationToken ct)
    {
        foreach (var institution in All)
        {
            var id = institution.Code.ToLowerInvariant();
            var json = JsonSerializer.SerializeToUtf8Bytes(new JsonObject
            {
                ["resourceType"] = "Organization",
                ["id"] = id,
                ["identifier"] = new JsonArray(new JsonObject { ["system"] = IdentifierSystems.Institution, ["value"] = institution.Code }),
                ["active"] = true,
                ["type"] = new JsonArray(new JsonObject { ["coding"] = new JsonArray(new JsonObject { ["system"] = "urn:health:ws218", ["code"] = institution.ClassCode }) }),
                ["name"] = institution.Name,
                ["alias"] = new JsonArray(institution.EnglishName),
                ["address"] = new JsonArray(new JsonObject { ["country"] = "CN", ["state"] = "四川省", ["city"] = "绵阳市", ["district"] = institution.DivisionCode }),
            });
            var write = new RecordWrite(WriteKind.Merge, "Organization", id, json);
            var commit = await records.Commit(new RecordBatch($"directory:{institution.Code}:1", header, institution.Code, null, [write]), ct);
            if (commit.Refusal is { } refusal) throw new InvalidOperationException($"Organization {id} was refused: {refusal.Diagnostics}");
        }
    }
}
