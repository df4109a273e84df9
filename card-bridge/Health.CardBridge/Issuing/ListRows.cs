using Health.Cards;
using Health.Contracts;

namespace Health.CardBridge.Issuing;

/// <summary>What the facts of a card mean for its chips: which stand on the blacklist, which are dead for good. Written in the transaction of the facts.</summary>
public static class ListRows
{
    public static IEnumerable<SqlStatement> Of(CardState before, IReadOnlyList<ICardFact> facts)
    {
        foreach (var fact in facts)
        {
            before = before.Apply(fact);
            var at = fact.At.ToUniversalTime();
            switch (fact)
            {
                case CardLost or CardLocked:
                    yield return Listed(before.ChipSerial!, at);
                    break;
                case CardFound or CardUnlocked:
                    yield return new SqlStatement("delete from cards.blocked where list_key = $1 and source = 'card'", [KeyOf(before.ChipSerial!)]);
                    break;
                case CardReplaced replaced:
                    yield return Listed(replaced.OldChipSerial, at);
                    yield return Ended(replaced.OldChipSerial, "replaced", at);
                    break;
                case CardCancelled:
                    yield return Listed(before.ChipSerial!, at);
                    yield return Ended(before.ChipSerial!, "cancelled", at);
                    break;
                case CardDestroyed destroyed:
                    yield return Ended(destroyed.ChipSerial, "destroyed", at);
                    break;
            }
        }
    }

    public static long KeyOf(string chipSerial) => unchecked((long)BlacklistKey.OfChip(chipSerial));

    private static SqlStatement Listed(string chipSerial, DateTimeOffset at) =>
        new("insert into cards.blocked (list_key, source, since) values ($1, 'card', $2) on conflict do nothing", [KeyOf(chipSerial), at]);

    private static SqlStatement Ended(string chipSerial, string how, DateTimeOffset at) =>
        new("update cards.chip set ended = $2, ended_at = $3 where chip_serial = $1", [chipSerial, how, at]);
}
