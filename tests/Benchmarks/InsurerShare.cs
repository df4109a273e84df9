using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;

namespace Health.Benchmarks;

/// <summary>What the insurer's simulator costs: transactions it carried out, and the time of one asked directly the way the bridge asks (a new connection each).</summary>
public sealed class InsurerShare(int port, TimeProvider time) : IDisposable
{
    private const int Calls = 60;
    private static readonly TimeSpan China = TimeSpan.FromHours(8);
    private readonly HttpClient http = new() { BaseAddress = new Uri($"http://127.0.0.1:{port}") };

    public async Task<int> Messages() => (await http.GetFromJsonAsync<JsonElement>("/control/ledger")).GetProperty("messages").GetInt32();

    /// <summary>Median of asking who a person is (transaction 1101), ms.</summary>
    public async Task<double> MillisecondsPerCall(string idNumber)
    {
        var times = new List<double>();
        for (var i = 0; i < Calls; i++)
        {
            var clock = Stopwatch.StartNew();
            using var request = new HttpRequestMessage(HttpMethod.Post, "fsi/api") { Content = JsonContent.Create(Question(idNumber, i)), Headers = { ConnectionClose = true } };
            using var answer = await http.SendAsync(request);
            var body = await answer.Content.ReadFromJsonAsync<JsonElement>();
            if (body.GetProperty("infcode").ToString() != "0") throw new InvalidOperationException($"The insurer answered {body.GetRawText()}");
            times.Add(clock.Elapsed.TotalMilliseconds);
        }

        return new Measured(0, [.. times.Order()]).Percentile(0.5);
    }

    public void Dispose() => http.Dispose();

    private object Question(string idNumber, int number)
    {
        var now = time.GetUtcNow().ToOffset(China);
        return new
        {
            infno = "1101", msgid = $"MY510704W001{now:yyyyMMddHHmmss}{number:0000}", mdtrtarea_admvs = "510700", insuplc_admdvs = "510700", recer_sys_code = "health", signtype = "", infver = "1.0",
            opter_type = "1", opter = "BENCH-01", opter_name = "BENCH-01", inf_time = now.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture), fixmedins_code = "MY510704W001", sign_no = "",
            input = new { data = new { mdtrt_cert_type = "02", mdtrt_cert_no = idNumber, psn_cert_type = "01", certno = idNumber } },
        };
    }
}
