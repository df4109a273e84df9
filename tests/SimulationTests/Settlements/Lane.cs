using System.Net.Http.Json;
using Health.Cards;

namespace Health.SimulationTests.Settlements;

/// <summary>One institution: its process manager, its desk with reader and SAM, and the card before it. One settlement at a time.</summary>
public sealed class Lane : IAsyncDisposable
{
    private const int VisitsPerCard = 60;
    private const long LeastBalance = 10_000;
    private readonly City city;
    private readonly List<CardInHand> cards = [];
    private readonly string terminalNo;
    private int visits;

    public Lane(City city, int number)
    {
        this.city = city;
        Institution = City.Institution(number);
        InsuranceFirst = number % 2 == 0;
        terminalNo = $"5107040{number:D5}";
        Sam = new SoftSam(MasterKeys.TestPurseDesk, "00000000000000000001", terminalNo, new SequenceFile(Path.Combine(city.Fast, $"term-seq-{number}")), development: true);
        Manager = new ProcessManager(city, Institution, number);
    }

    public string Institution { get; }
    public bool InsuranceFirst { get; }
    public ProcessManager Manager { get; }
    public VirtualSlot Slot { get; } = new();
    public SoftSam Sam { get; }
    public CardInHand Card => cards[^1];

    /// <summary>Every card that was ever before this desk.</summary>
    public IReadOnlyList<CardInHand> Cards => cards;

    /// <summary>Plans done, and how many of them were not met.</summary>
    public int Planned { get; private set; }

    public async Task<Settlement> Settle(int number, int seed)
    {
        if (cards.Count == 0 || visits++ % VisitsPerCard == VisitsPerCard - 1 || Card.Chip.BalanceFen < LeastBalance) cards.Add(await CardInHand.Of(city));
        return await new Settling(city, this, number, FaultKinds.Of(number), new Random(unchecked(seed * 31 + number))).Run();
    }

    /// <summary>Plans the fault, and what must go wrong beside it for it to be met.</summary>
    public async Task Harm(FaultKind fault)
    {
        if (fault.Needs.HasFlag(Needs.LostSettlement)) await Plan(Party.Insurer, "2207", "lose-answer");
        if (fault.Needs.HasFlag(Needs.LostPayment)) await Plan(Party.Acquirer, "pay", "lose-answer");
        if (fault.Needs.HasFlag(Needs.MissedPayment)) await Plan(Party.Acquirer, "pay", "error");
        if (fault.IsOnTheWire) Manager.Wire.Plan(fault);
        else if (fault.Mode == "restart") await city.Outside(fault.Party).Restart();
        else if (fault.Party == Party.Database) await city.CutAll();
        else if (fault.Party is Party.Insurer or Party.CityCard or Party.Acquirer || fault is { Party: Party.His, Point: "receipt" }) await Plan(fault.Party, fault.Point, fault.Mode);
    }

    /// <summary>What can only be planned once the reversal begins.</summary>
    public async Task HarmReversal(FaultKind fault)
    {
        if (fault is { Party: Party.His, Point: "red", IsOnTheWire: false }) await Plan(fault.Party, fault.Point, fault.Mode);
    }

    public ValueTask DisposeAsync() => Manager.DisposeAsync();

    private async Task Plan(Party party, string point, string mode)
    {
        Planned++;
        var (name, milliseconds) = mode switch
        {
            "silent" => ("delay", (int)(SettlementFaults.AnswerTimeout.TotalMilliseconds * 3)),
            "late" => ("late", (int)(SettlementFaults.AnswerTimeout.TotalMilliseconds * 1.5)),
            _ => (mode, 0),
        };
        using var answer = party switch
        {
            Party.Insurer => await city.Outside(party).Http.PostAsJsonAsync("control/faults", new { infno = point, mode = name, milliseconds, match = Institution }),
            Party.His => await city.Outside(party).Http.PostAsJsonAsync("control/his-faults", new { mode = name, milliseconds, match = Institution }),
            Party.CityCard => await city.Outside(party).Http.PostAsJsonAsync("control/faults", new { operation = point, mode = name, milliseconds, match = terminalNo }),
            _ => await city.Outside(party).Http.PostAsJsonAsync("control/faults", new { operation = point, mode = name, milliseconds, match = Institution }),
        };
        answer.EnsureSuccessStatusCode();
    }
}
