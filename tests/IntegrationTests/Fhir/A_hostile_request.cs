using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Health.IntegrationTests.Fhir;

/// <summary>Attacks on addresses, parameters and headers; some need a socket, since no client of HTTP would send them.</summary>
[Collection<HostileCollection>]
public sealed class A_hostile_request(FhirHouse house)
{
    [Theory]
    [InlineData("Patient?_count=-1")]
    [InlineData("Patient?_count=99999999999999999999")]
    [InlineData("Patient?_count=1e9")]
    [InlineData("Patient/_history?_count=0")]
    public async Task for_a_page_of_no_size(string path) => await (await house.Attack("GET", path, null)).Refused(400, "_count");

    [Theory]
    [InlineData("Patient?_count=1000000")]
    [InlineData("Patient/_history?_count=1000000")]
    public async Task for_a_page_too_large_is_given_one_of_bounded_size(string path)
    {
        var answer = await house.Attack("GET", path, null);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.True(((await answer.Body())["entry"]?.AsArray().Count ?? 0) <= 1000);
    }

    [Fact]
    public async Task for_every_inclusion_there_is()
    {
        var answer = await house.Attack("GET", "Observation?_include=*&_include:iterate=*&_revinclude=*&_revinclude:iterate=*&_count=1000", null);
        Assert.InRange((int)answer.StatusCode, 200, 422);
        await (await house.Attack("GET", "Observation?" + string.Join('&', Enumerable.Repeat("_include=Observation:subject", 100)), null)).Refused(413, "at most 64 parameters");
    }

    [Fact]
    public async Task for_a_search_of_a_thousand_parameters_or_a_chain_without_end()
    {
        await (await house.Attack("GET", "Patient?" + string.Join('&', Enumerable.Range(0, 600).Select(i => $"name=a{i}")), null)).Refused(413, "at most 64 parameters");
        await (await house.Attack("GET", "Observation?subject:Patient." + string.Concat(Enumerable.Repeat("link.", 40)) + "name=a", null)).Refused(400, "");
        await (await house.Attack("POST", "Patient/_search", Hostile.Body("name=" + new string('a', 1_000_000), "application/x-www-form-urlencoded"))).Refused(413, "too-costly");
        await (await house.Attack("POST", "Patient/_search", Hostile.Body("name=" + string.Join(',', Enumerable.Range(0, 3000)), "application/x-www-form-urlencoded"))).Refused(413, "too-costly");
    }

    [Fact]
    public async Task whose_value_would_be_a_pattern_elsewhere_is_taken_by_its_letters()
    {
        await house.AsHospital.Send("POST", "Organization", """{"resourceType":"Organization","name":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"}""");
        foreach (var value in new[] { "%25", "_", "%25%25%25_%25", "%5C", "%5C%25", "((a%2B)%2B)%2B%24", "'%3B drop table fhir.resource%3B --", ".*" })
            foreach (var modifier in new[] { "", ":contains", ":exact" })
            {
                var answer = await house.Attack("GET", $"Organization?name{modifier}={value}", null);
                Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{modifier} {value}: {await answer.Content.ReadAsStringAsync()}");
                Assert.Equal(0, (int)(await answer.Body())["total"]!);
            }
    }

    [Theory]
    [InlineData("Basic", "Organization")]
    [InlineData("Basic/_history", "Organization/_history")]
    public async Task with_a_page_link_that_was_altered_or_belongs_to_another(string address, string another)
    {
        for (var i = 0; i < 3; i++) await house.AsHospital.Send("POST", "Basic", """{"resourceType":"Basic","code":{"text":"page"}}""");
        var first = await (await house.AsHospital.Send("GET", $"{address}?_count=1")).Body();
        var next = (string)first["link"]!.AsArray().Single(link => (string)link!["relation"]! == "next")!["url"]!;
        var path = new Uri(next).PathAndQuery["/fhir/".Length..];
        Assert.Equal(HttpStatusCode.OK, (await house.AsHospital.Send("GET", path)).StatusCode);
        var token = path[(path.IndexOf("_page=", StringComparison.Ordinal) + 6)..];
        foreach (var altered in new[] { Flip(token, 0), Flip(token, token.Length / 2), Flip(token, token.Length - 2), token[..^3], token + "A", "", new string('A', 5000), "%00", "../../" })
            await (await house.Attack("GET", path.Replace(token, altered), null)).Refused(400, "");
        await (await house.Attack("GET", path.Replace($"{address}?", $"{another}?"), null)).Refused(400, "");
        Assert.NotEqual(HttpStatusCode.OK, (await house.AsCentre.Send("GET", path.Replace("_count=1", "_count=1&code=x"))).StatusCode);

        static string Flip(string token, int at) => token[..at] + (token[at] == 'A' ? 'B' : 'A') + token[(at + 1)..];
    }

    [Theory]
    [InlineData("/fhir/Patient/%2e%2e/%2e%2e/etc/passwd")]
    [InlineData("/fhir/Patient/..%2f..%2fetc%2fpasswd")]
    [InlineData("/fhir/Patient/..;/..;/etc")]
    [InlineData("/fhir/Patient/a%00b")]
    [InlineData("/fhir/Patient/%c0%ae%c0%ae")]
    [InlineData("/fhir/Patient/a%0d%0aSet-Cookie:x")]
    [InlineData("/fhir/Patient/a%20b")]
    [InlineData("/fhir/Patient/a'or'1'='1")]
    [InlineData("/fhir/Patient/%E4%BD%A0")]
    [InlineData("/fhir/Patient/a/_history/-1")]
    [InlineData("/fhir/Patient/a/_history/99999999999999999999")]
    [InlineData("/fhir/Binary/..%5c..%5cwin.ini")]
    [InlineData("/fhir/../fhir/Patient/%ff")]
    public async Task for_a_resource_by_a_trick(string path)
    {
        var (status, text) = await Raw($"GET {path} HTTP/1.1\r\nHost: h\r\nX-Test-Caller: demo-hospital;{FhirHouse.Hospital};;system/*.cruds\r\nConnection: close\r\n\r\n");
        Assert.True(status is >= 400 and < 500, text);
        Assert.DoesNotContain("Set-Cookie", text);
        Assert.DoesNotContain("root:", text);
    }

    [Fact]
    public async Task for_a_resource_by_an_id_too_long() => await (await house.Attack("GET", "Patient/" + new string('a', 65), null)).Refused(404, "1 to 64 characters");

    // Kestrel refuses these before a request exists, so there is no outcome: the status alone.
    [Fact]
    public async Task with_a_flood_of_headers_or_an_endless_line()
    {
        Assert.Equal(431, (await Raw("GET /fhir/metadata HTTP/1.1\r\nHost: h\r\n" + string.Concat(Enumerable.Range(0, 500).Select(i => $"X-{i}: 1\r\n")) + "\r\n")).Status);
        Assert.Equal(431, (await Raw("GET /fhir/metadata HTTP/1.1\r\nHost: h\r\nX-A: " + new string('a', 100_000) + "\r\n\r\n")).Status);
        Assert.Equal(414, (await Raw("GET /fhir/" + new string('a', 100_000) + " HTTP/1.1\r\nHost: h\r\n\r\n")).Status);
        Assert.Equal(HttpStatusCode.OK, (await house.AsHospital.Send("GET", "metadata")).StatusCode);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("POST /fhir/Basic HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n")]
    [InlineData("POST /fhir/Basic HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}")]
    [InlineData("NONSENSE\r\n\r\n")]
    public async Task that_is_framed_in_two_ways(string text) => Assert.True((await Raw(text)).Status is 0 or >= 400 and < 500);

    [Fact]
    public async Task whose_body_comes_too_slowly_is_ended_by_the_server()
    {
        var (status, text) = await Raw($"POST /fhir/Basic HTTP/1.1\r\nHost: h\r\nX-Test-Caller: demo-hospital;{FhirHouse.Hospital};;system/*.cruds\r\nContent-Type: application/fhir+json\r\nContent-Length: 100000\r\n\r\n{{\"resource");
        Assert.Equal(408, status);
        Assert.Contains("OperationOutcome", text);
    }

    [Fact]
    public async Task whose_headers_mean_nothing_is_told_which()
    {
        var http = house.AsHospital;
        await (await http.Send("GET", "Basic/x", null, ("X-Purpose-Of-Use", "FUN"))).Refused(400, "X-Purpose-Of-Use");
        await (await http.Send("PUT", "Basic/x", Bundles.Basic("x", "a"), ("If-Match", new string('9', 5000)))).Refused(400, "If-Match");
        await (await http.Send("POST", "Basic", """{"resourceType":"Basic","code":{"text":"a"}}""", ("If-None-Exist", "colour=red"))).Refused(400, "colour");
        await (await http.Send("GET", "Basic/x", null, ("Accept", new string('a', 5000)))).Refused(406, "");
    }

    private async Task<(int Status, string Text)> Raw(string request)
    {
        using var client = new TcpClient();
        var address = house.Host.Http.BaseAddress!;
        await client.ConnectAsync(IPAddress.Loopback, address.Port);
        await using var stream = client.GetStream();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var text = new StringBuilder();
        try
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(request), limit.Token);
            var buffer = new byte[64 * 1024];
            while (await stream.ReadAsync(buffer, limit.Token) is var read and > 0)
            {
                text.Append(Encoding.UTF8.GetString(buffer, 0, read));
                // A server that keeps the connection has answered all the same.
                if (IsWhole(text.ToString())) break;
            }
        }
        catch (IOException)
        {
            // The server closes a connection it gives up on, sometimes before its answer is read.
        }

        var answer = text.ToString();
        return (answer.StartsWith("HTTP/1.1 ", StringComparison.Ordinal) ? int.Parse(answer.AsSpan(9, 3)) : 0, answer);
    }

    private static bool IsWhole(string answer)
    {
        var body = answer.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        var length = answer.IndexOf("Content-Length: ", StringComparison.OrdinalIgnoreCase);
        if (body < 0 || length < 0 || length > body) return false;
        var digits = answer.AsSpan(length + 16);
        return Encoding.UTF8.GetByteCount(answer.AsSpan(body + 4)) >= int.Parse(digits[..digits.IndexOf('\r')]);
    }
}
