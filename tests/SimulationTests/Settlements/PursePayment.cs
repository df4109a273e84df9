using System.Net;
using Health.Cards;

namespace Health.SimulationTests.Settlements;

/// <summary>
/// The purse's part of a payment with the protocol of the desk agent: intent at the bridge before DEBIT, outcome after it, and GET TRANSACTION PROVE when the card was
/// torn. What is not decided is kept until it is.
/// </summary>
public sealed class PursePayment(Lane lane, Door door, string visitTx, FaultKind fault)
{
    private static readonly TimeSpan China = TimeSpan.FromHours(8);
    private PurseIntent? open;
    private (string Outcome, string? Tac, string? Mac2)? unreported;
    private bool isTorn, isProofTorn;

    /// <summary>True when something was done; the visit then stands elsewhere.</summary>
    public async Task<bool> Pay(long amountFen)
    {
        if (open is not null) return await Decide();
        Tear();
        PurseSession purse;
        PurseIntent intent;
        try
        {
            purse = Insert();
            purse.Open();
            intent = purse.Initialise(amountFen, TimeProvider.System.GetUtcNow().ToOffset(China).DateTime);
        }
        catch (Exception failure) when (failure is CardLostException or CardRefusedException or CardNotGenuineException)
        {
            // Torn before anything was asked of the purse: the card is put in again.
            return true;
        }
        var (status, body) = await door.Post("intent", Door.Step(visitTx, "debit/intent"), intent);
        if (status != HttpStatusCode.OK || body.GetProperty("state").GetString() != "reserved") return status == HttpStatusCode.OK;
        open = intent;
        unreported = purse.Debit(intent) switch
        {
            DebitOutcome.Debited debited => ("debited", debited.Tac, debited.Mac2),
            DebitOutcome.Refused => ("refused", null, null),
            _ => ("unknown", null, null),
        };
        await Report();
        return true;
    }

    /// <summary>Reports what is not reported yet, or asks the card what became of the debit.</summary>
    public async Task<bool> Decide()
    {
        if (open is not { } intent) return false;
        if (unreported is null)
        {
            if (fault.TearOfProof is { } tear && !isProofTorn)
            {
                isProofTorn = true;
                lane.Card.Chip.Tear = tear;
            }
            try
            {
                unreported = Insert().Prove(intent) switch
                {
                    ProofOutcome.Charged charged => ("proved-charged", charged.Tac, charged.Mac2),
                    ProofOutcome.NotCharged => ("proved-not-charged", null, null),
                    _ => null,
                };
            }
            catch (Exception failure) when (failure is CardLostException or CardRefusedException or CardNotGenuineException)
            {
                return true;
            }
            if (unreported is null) return false;
        }
        await Report();
        return true;
    }

    private async Task Report()
    {
        var (intent, (outcome, tac, mac2)) = (open!, unreported!.Value);
        var (status, body) = await door.Post("outcome", Door.Step(visitTx, "debit/outcome"), new { outcome, tac, mac2, intent.CardSeq, intent.TermSeq });
        if (status != HttpStatusCode.OK) throw new InvalidOperationException($"{visitTx}: the outcome {outcome} was not taken: {(int)status} {body}");
        unreported = null;
        if (outcome != "unknown") open = null;
    }

    private void Tear()
    {
        if (isTorn || fault.Tear is not { } tear) return;
        isTorn = true;
        lane.Card.Chip.Tear = tear;
    }

    private PurseSession Insert()
    {
        lane.Slot.Insert(lane.Card.Chip);
        return new PurseSession(new CardChannel(lane.Slot.Connect()), lane.Sam, lane.Card.Chip.ChipSerial, "510700");
    }
}
