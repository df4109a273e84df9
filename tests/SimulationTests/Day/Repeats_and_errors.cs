using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Health.SimulationTests.Platform;

namespace Health.SimulationTests.Day;

/// <summary>Point 4: a repeat makes nothing new and is answered the same; a broken message waits with its place, is corrected and becomes a record.</summary>
public static class Repeats_and_errors
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);

    public static async Task Do_no_harm(City city, Person person)
    {
        using var mllp = new MllpClient(city.Platform.MllpPort);
        var message = Registration("DAY-1", $"D1^^^MYCH^MR~{Person.Namesake.IdNumber}^^^CN^NI", "M0002");
        var first = await mllp.Send(message, CancellationToken.None);
        var again = await mllp.Send(message, CancellationToken.None);
        Assert.Equal(first, again);
        var encounter = Assert.Single(await city.Central.SearchWithin("Encounter?identifier=urn:health:institution:MY510703H001:visit|M0002", 1, Soon));
        Assert.Equal("1", encounter.Text("meta", "versionId"));

        var broken = Registration("DAY-2", "", "M0003");
        Assert.Contains("MSA|AA|", await mllp.Send(broken, CancellationToken.None), StringComparison.Ordinal);
        var waiting = await Quarantined(city, "DAY-2");
        Assert.Contains("PID", waiting.GetRawText(), StringComparison.Ordinal);
        var id = waiting.Text("messageId");
        using var corrected = new StringContent(Registration("DAY-2", "D2^^^MYCH^MR", "M0003"), Encoding.UTF8, "x-application/hl7-v2+er7");
        using var answer = await city.Operator.PostAsync($"/adapters/quarantine/{id}/correction", corrected);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        Assert.Single(await city.Central.SearchWithin("Encounter?identifier=urn:health:institution:MY510703H001:visit|M0003", 1, Soon));
    }

    private static async Task<JsonElement> Quarantined(City city, string controlId)
    {
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        for (var i = 0; i < 100; i++)
        {
            var list = await city.Operator.GetFromJsonAsync<JsonElement>("/adapters/quarantine");
            foreach (var item in list.GetProperty("items").EnumerateArray())
                if (item.Text("controlId") == controlId)
                    return item;
            await again.WaitForNextTickAsync();
        }

        throw new Xunit.Sdk.XunitException($"{controlId} is not in the quarantine.");
    }

    private static string Registration(string controlId, string pid3, string visit) => string.Join('\r',
        $"MSH|^~\\&|HIS|MYCH|HIE|MY|20150601090000||ADT^A04|{controlId}|P|2.5.1", "EVN|A04|20150601090000",
        $"PID|1||{pid3}||王测试||19850615|F", $"PV1|1|O|0101||||||||||||||||{visit}|||||||||||||||||||||||||20150601090000") + "\r";
}
