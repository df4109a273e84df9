using System.Net;

namespace Health.SimulationTests.Day;

/// <summary>Point 1: three institutions, each with its own client.</summary>
public static class Institutions
{
    public static async Task Exist(City city)
    {
        foreach (var (client, code, name) in new[]
                 {
                     (city.Central, "my510703h001", "绵阳市演示中心医院"),
                     (city.County, "my510722h001", "三台县演示人民医院"),
                     (city.Centre, "my510704w001", "游仙区演示镇卫生院"),
                 })
        {
            var organization = await client.ReadResource($"Organization/{code}");
            Assert.Equal(name, organization.Text("name"));
        }

        using var stranger = new HttpClient { BaseAddress = new Uri(city.Platform.BaseUrl) };
        Assert.Equal(HttpStatusCode.Unauthorized, await stranger.StatusOf("Organization/my510703h001"));
    }
}
