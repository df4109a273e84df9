using System.Security.Cryptography;
using Health.CardBridge.Bindings;
using Health.CardBridge.Issuing;
using Health.Cards;
using Health.Contracts;
using Npgsql;

namespace Health.CardBridge.Registrations;

/// <summary>A code held before a desk's scanner. <paramref name="TapId"/>: the desk's own number of this reading, the same when it asks again; null: never asked again.</summary>
public sealed record CodeTapRequest(string DeskId, string Code, string? TapId);

/// <summary>A code as its holder shows it.</summary>
public sealed record ShownCode(string Code, string CardNumber, DateTimeOffset ExpiresAt);

/// <summary>The electronic health card: codes for residents, and what a desk learns from one.</summary>
public sealed class CodeTaps(CardLog cards, IssuerKey issuer, NpgsqlDataSource database, NodeIdentity node, IAuditTrail audit, TimeProvider clock)
{
    public static readonly TimeSpan DynamicFor = TimeSpan.FromMinutes(5), StaticFor = TimeSpan.FromDays(365);

    /// <summary>A code for an active card.</summary>
    public async Task<(ShownCode? Code, Refusal? Refusal)> Issue(string cardId, HealthCodeKind kind, Caller caller, CancellationToken ct)
    {
        var (card, _) = await cards.Load(cardId, ct);
        if (card.Stage == CardStage.None) return (null, Refusal.NotFound("There is no such card."));
        if (card.Stage != CardStage.Active) return (null, Refusal.Conflict($"The card is {card.Stage.ToString().ToLowerInvariant()}."));
        var nonce = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8));
        var code = HealthCode.Issue(kind, cardId, clock.GetUtcNow(), kind == HealthCodeKind.Dynamic ? DynamicFor : StaticFor, nonce, issuer.Key);
        await Audit("card-code", cardId, card, null, caller, ct);
        return (new ShownCode(code.ToText(), code.CardNumber, code.ExpiresAt), null);
    }

    /// <summary>The resident's own card, by the resident; null when there is none.</summary>
    public async Task<string?> CardOf(string residentId, CancellationToken ct)
    {
        await using var command = database.CreateCommand("select card_id from cards.card where resident_id = $1");
        command.Parameters.Add(new() { Value = residentId });
        return await command.ExecuteScalarAsync(ct) as string;
    }

    /// <summary>Who it is, as after a tap. A code has no chip, so no purse pays by it. Refused: a code that is malformed, forged, expired, or was read before.</summary>
    public async Task<(TapAnswer? Answer, Refusal? Refusal)> Tap(CodeTapRequest tap, Caller caller, CancellationToken ct)
    {
        if (HealthCode.TryParse(tap.Code, out var error) is not { } code) return (null, Refusal.Unprocessable($"code: {error}.", "code"));
        if (code.Judge([issuer.Key.Public], clock.GetUtcNow()) is var verdict and not HealthCodeVerdict.Valid) return (null, Refusal.Unprocessable($"code: {Text(verdict)}.", "code"));
        var (card, _) = await cards.Load(code.CardId, ct);
        if (card is { IsOfPart: true, Stage: CardStage.Active }) (card, _) = await cards.Begin(code.CardId, new EventHeader(node.NodeId, caller.Actor, PurposeOfUse.TREAT, CardBridgeModule.Source, caller.RequestId), ct);
        var holder = card.Stage == CardStage.None ? null : await cards.Holder(code.CardId, card, ct);
        var reason = Judge(card, holder);
        if (reason is null && code.Kind == HealthCodeKind.Dynamic && !await Use(code, tap, caller, ct)) reason = "code-used";
        await Audit("card-code-tap", code.CardId, card, reason, caller, ct);
        if (reason == "code-used") return (null, Refusal.Conflict("This code was read before: the resident shows a new one."));
        return (reason is not null
            ? new TapAnswer(null, null, reason == "not-issued-here" ? "unknown" : "blocked", reason, false, null, null)
            : new TapAnswer(card.Made!.ResidentId, holder!.Name, "active", null, false, null, "none"), null);
    }

    private string? Judge(CardState card, Issuing.CardHolder? holder)
    {
        if (card.Stage == CardStage.None || holder is null) return "not-issued-here";
        if (card.Stage != CardStage.Active) return card.Stage.ToString().ToLowerInvariant();
        return card.Made!.ValidUntil < ChinaTime.DayOf(clock.GetUtcNow()) ? "expired" : null;
    }

    // The unique constraint decides between two desks that read one code at the same moment.
    private async Task<bool> Use(HealthCode code, CodeTapRequest tap, Caller caller, CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            """
            with used as (insert into cards.code_use (nonce, card_id, institution_code, desk_id, tap_id, used_at) values ($1, $2, $3, $4, $5, $6) on conflict (nonce) do nothing returning 1)
            select exists (select from used)
                or exists (select from cards.code_use where nonce = $1 and card_id = $2 and institution_code = $3 and desk_id = $4 and tap_id = $5)
            """);
        foreach (object value in new object[] { unchecked((long)code.Nonce), code.CardId, caller.InstitutionCode!, tap.DeskId }) command.Parameters.Add(new() { Value = value });
        command.Parameters.Add(new() { Value = (object?)tap.TapId ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        command.Parameters.Add(new() { Value = clock.GetUtcNow() });
        return (bool)(await command.ExecuteScalarAsync(ct))!;
    }

    private static string Text(HealthCodeVerdict verdict) => verdict switch
    {
        HealthCodeVerdict.Expired => "it has expired",
        HealthCodeVerdict.NotYetValid => "it was issued later than now",
        HealthCodeVerdict.UnknownIssuer => "its issuer is not known here",
        _ => "its signature is wrong",
    };

    private ValueTask Audit(string interaction, string cardId, CardState card, string? reason, Caller caller, CancellationToken ct) =>
        audit.Record(new AuditFact(Guid.CreateVersion7(), clock.GetUtcNow(), "R", interaction, reason is null ? 0 : 4, caller.Actor, caller.ClientId, caller.InstitutionCode, PurposeOfUse.TREAT, caller.RequestId)
        {
            ResidentId = card.Made?.ResidentId, Target = CardLog.StreamOf(cardId), Reason = reason is null ? null : $"card-{reason}",
        }, ct);
}
