using System.Net;
using System.Text;
using System.Text.Json;
using Health.CardBridge;
using Health.CardBridge.Payers;
using Health.CardBridge.Settlements;
using Health.Contracts;
using Microsoft.Extensions.Configuration;

namespace Health.UnitTests.CardBridge;

public sealed class The_national_interface
{
    private static readonly PayerMessage Message = new(Visits.Id(1), "MY510704W001", "desk-1", Visits.Noon);
    private static readonly Bill Bill = new(new InsuredVisit("51070000000000000001", "310", "510700", "M1", "510799199001010018"), "202611241200000003", new Fen(10_001));

    [Fact]
    public async Task sends_money_as_yuan_with_two_digits_and_the_message_number_it_was_given()
    {
        var wire = new Wire("""{"infcode":0,"output":{"setlinfo":{"medfee_sumamt":100.01,"fund_pay_sumamt":60.00,"acct_pay":"10.00","psn_cash_pay":30.01}}}""");
        var answer = Assert.IsType<PayerAnswer<Split>.Accepted>(await wire.Payer.PreSettle(Message, Bill, default));
        Assert.Equal(new Split(new(10_001), new(6_000), new(1_000), new(3_001)), answer.Value);
        Assert.Contains("\"medfee_sumamt\":100.01", wire.Sent);
        Assert.Equal(Visits.Id(1), JsonDocument.Parse(wire.Sent).RootElement.GetProperty("msgid").GetString());
        Assert.Equal(30, Visits.Id(1).Length);
    }

    [Theory]
    [InlineData("""{"infcode":0,"output":{"setlinfo":{"medfee_sumamt":100.001,"fund_pay_sumamt":60,"acct_pay":10,"psn_cash_pay":30}}}""")]
    [InlineData("""{"infcode":0,"output":{"setlinfo":{"medfee_sumamt":1e2,"fund_pay_sumamt":60,"acct_pay":10,"psn_cash_pay":30}}}""")]
    [InlineData("""{"infcode":0,"output":{}}""")]
    [InlineData("""{"infcode":0}""")]
    [InlineData("{}")]
    [InlineData("<html>")]
    [InlineData("")]
    public async Task takes_an_answer_it_cannot_read_as_unknown_never_as_a_guess(string body) =>
        Assert.IsType<PayerAnswer<Split>.Unknown>(await new Wire(body).Payer.PreSettle(Message, Bill, default));

    [Fact]
    public async Task takes_a_server_error_as_unknown_and_a_definite_no_as_refused()
    {
        Assert.IsType<PayerAnswer<Split>.Unknown>(await new Wire("{}", HttpStatusCode.InternalServerError).Payer.PreSettle(Message, Bill, default));
        var refused = Assert.IsType<PayerAnswer<Split>.Refused>(await new Wire("""{"infcode":-1,"err_msg":"没有费用明细"}""").Payer.PreSettle(Message, Bill, default));
        Assert.Equal("2206: 没有费用明细", refused.Reason);
    }

    [Theory]
    [InlineData("""{"infcode":0,"output":{}}""", true)]
    [InlineData("""{"infcode":-1,"err_msg":"原交易不存在"}""", false)]
    public async Task decides_a_lost_settlement_by_its_original_number(string body, bool found)
    {
        var wire = new Wire(body);
        var answer = Assert.IsType<PayerAnswer<Reversal>.Accepted>(await wire.Payer.Reverse(Message, Bill.Visit, Visits.Id(7), default));
        Assert.Equal(found, answer.Value.Found);
        Assert.Contains($"\"omsgid\":\"{Visits.Id(7)}\"", wire.Sent);
    }

    [Fact]
    public async Task does_not_take_another_no_to_a_reversal_for_a_decision() =>
        Assert.IsType<PayerAnswer<Reversal>.Refused>(await new Wire("""{"infcode":-1,"err_msg":"系统繁忙"}""").Payer.Reverse(Message, Bill.Visit, Visits.Id(7), default));

    [Fact]
    public void serves_this_city_since_its_day()
    {
        var book = new PayerBook(new Wire("").Payer);
        Assert.NotNull(book.For(PayerBook.NationalSince, "510704"));
        Assert.Null(book.For(PayerBook.NationalSince.AddDays(-1), "510704"));
        Assert.Null(book.For(PayerBook.NationalSince, "510104"));
    }

    private sealed class Wire : HttpMessageHandler
    {
        private readonly string body;
        private readonly HttpStatusCode status;

        public Wire(string body, HttpStatusCode status = HttpStatusCode.OK)
        {
            this.body = body;
            this.status = status;
            Payer = new NationalInterface(new HttpClient(this) { BaseAddress = new Uri("http://insurer/") }, CardBridgeSettings.Read(new ConfigurationBuilder().Build()));
        }

        public NationalInterface Payer { get; }
        public string Sent { get; private set; } = "";

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken ct)
        {
            Sent = await request.Content!.ReadAsStringAsync(ct);
            return new HttpResponseMessage(status) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        }
    }
}
