using System.Net;
using System.Net.WebSockets;
using System.Text.Json;

namespace Health.IntegrationTests.Cards;

/// <summary>The hospital's own program drives the desk by <c>/ws</c>.</summary>
public sealed class The_local_socket_of_the_desk
{
    private static readonly object[] Bill = [new { code = "GH001", name = "普通门诊挂号", quantity = 1, amountFen = 5_000 }];

    [Fact]
    public async Task tells_of_a_card_and_carries_a_visit_from_the_tap_to_the_printed_receipt()
    {
        await using var clinic = await Clinic.Open(startAgent: false);
        var paper = Path.Combine(clinic.Folder, "paper.txt");
        await clinic.StartAgent($"--Agent:PrintCommand=/usr/bin/tee {paper}");
        await clinic.Identified();
        await using var his = await LocalSocket.Open(clinic, clinic.Token);
        Assert.Equal("YXWS-01", (await his.Event("desk")).GetProperty("deskId").GetString());

        (await clinic.Http.PostAsync("/chip/remove", null)).EnsureSuccessStatusCode();
        await his.Event("removed");
        await clinic.Insert();
        await his.Event("inserted");
        var person = await his.Event("identified");
        Assert.Equal((Chips.Name, "510799199001010018", "resident-1"), (person.GetProperty("name").GetString(), person.GetProperty("idNumber").GetString(), person.GetProperty("residentId").GetString()));

        Assert.Equal("Registered", Stage(await his.Ask("register", new { departmentCode = "0300" })));
        var quoted = await his.Ask("preSettle", new { feeLines = Bill });
        Assert.Equal(5_000, quoted.GetProperty("result").GetProperty("totalFen").GetInt64());
        Assert.Equal("Settled", Stage(await his.Ask("settle")));
        Assert.Equal(50_000 - 2_180, clinic.Chip.Purse.BalanceFen);
        Assert.True((await his.Ask("print")).GetProperty("ok").GetBoolean());
        Assert.Contains("R-MZ0001", await File.ReadAllTextAsync(paper, TestContext.Current.CancellationToken));
        Assert.Equal("Settled", (await his.Ask("state")).GetProperty("result").GetProperty("visit").GetProperty("stage").GetString());
    }

    [Fact]
    public async Task answers_what_it_does_not_do_in_the_same_frame()
    {
        await using var clinic = await Clinic.Open();
        await clinic.Identified();
        await using var his = await LocalSocket.Open(clinic, clinic.Token);
        Assert.Equal(409, Error(await his.Ask("settle")));
        Assert.Equal(404, Error(await his.Ask("mint")));
        Assert.Equal(501, Error(await his.Ask("print")));
        Assert.Equal(409, Error(await his.Ask("preSettle", new { feeLines = Bill })));
        Assert.Equal(400, Error(await his.Ask("preSettle", new { feeLines = "all" })));
        foreach (var senseless in (string[])["", "nonsense", "{}", "[1]", "{\"v\":2,\"id\":\"x\",\"command\":\"state\"}", "{\"v\":1,\"command\":\"state\"}", "null"])
        {
            await his.Send(senseless);
            JsonElement answer;
            do answer = await his.Next();
            while (answer.TryGetProperty("event", out _));
            Assert.Equal(400, Error(answer));
        }
        Assert.Equal(50_000, clinic.Chip.Purse.BalanceFen);
    }

    [Fact]
    public async Task closes_on_a_message_above_64_KiB_and_on_a_binary_one()
    {
        await using var clinic = await Clinic.Open();
        await using (var his = await LocalSocket.Open(clinic, clinic.Token))
        {
            await his.Send(new string(' ', 70_000));
            await Drain(his);
            Assert.Equal(WebSocketCloseStatus.MessageTooBig, his.Raw.CloseStatus);
        }
        await using (var his = await LocalSocket.Open(clinic, clinic.Token))
        {
            await his.Raw.SendAsync(new byte[] { 1 }, WebSocketMessageType.Binary, true, TestContext.Current.CancellationToken);
            await Drain(his);
            Assert.Equal(WebSocketCloseStatus.InvalidMessageType, his.Raw.CloseStatus);
        }
    }

    [Fact]
    public async Task refuses_who_names_no_protocol_and_serves_a_page_that_names_its_token_as_one()
    {
        await using var clinic = await Clinic.Open();
        Assert.Equal(HttpStatusCode.BadRequest, await Attacks.A_foreign_page.Refusal(clinic, clinic.Token, protocol: "chat"));
        await using var page = await LocalSocket.Open(clinic, clinic.Token, $"http://{clinic.Http.BaseAddress!.Authority}", tokenAsProtocol: true);
        await page.Event("desk");
    }

    private static async Task Drain(LocalSocket socket)
    {
        while (await socket.Receive() is not null)
        {
        }
    }

    private static string? Stage(JsonElement answer)
    {
        Assert.True(answer.GetProperty("ok").GetBoolean(), answer.GetRawText());
        return answer.GetProperty("result").GetProperty("stage").GetString();
    }

    private static int Error(JsonElement answer)
    {
        Assert.False(answer.GetProperty("ok").GetBoolean(), answer.GetRawText());
        var error = answer.GetProperty("error");
        Assert.NotEmpty(error.GetProperty("zh").GetString()!);
        Assert.NotEmpty(error.GetProperty("en").GetString()!);
        return error.GetProperty("status").GetInt32();
    }
}
