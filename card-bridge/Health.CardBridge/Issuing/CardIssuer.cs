using System.Text;
using System.Text.Json;
using Health.CardBridge.Bindings;
using Health.CardBridge.Payers;
using Health.Cards;
using Health.Contracts;
using Npgsql;

namespace Health.CardBridge.Issuing;

/// <summary>A card to be issued. Without a name it is taken from the resident's record; without a division from the institution of issue.</summary>
public sealed record CardOrder(string IdNumber, string InstitutionCode, string? Name, string? Nation, string? DivisionCode, string? PurseNo, long PurseBalanceFen);

/// <summary>A card as its issuer sees it. <paramref name="Image"/> is what the chip writer takes (Development only).</summary>
public sealed record IssuedCard(string CardId, string CardNo, string ResidentId, string ChipSerial, string? PurseNo, string State, JsonElement? Image);

/// <summary>Issues health cards: personalised, bound to the city purse, handed out, active. Every call goes on where the last one stopped.</summary>
public sealed class CardIssuer(CardLog cards, IResidentIndex residents, IDirectory directory, IRecordStore records, CityCardOperator company, IKeyring keys, NpgsqlDataSource database, NodeIdentity node, CardBridgeSettings settings, TimeProvider clock)
{
    private const string ChipMaker = "3100";
    private static readonly TimeSpan Validity = TimeSpan.FromDays(3652);

    public async Task<(IssuedCard? Card, Refusal? Refusal)> Issue(CardOrder order, Caller caller, CancellationToken ct)
    {
        if (!ResidentIdNumber.TryParse(order.IdNumber, out var number)) return (null, Refusal.Unprocessable("This is no valid resident ID number.", "idNumber"));
        if (number.IsTestIdentity != node.IsDevelopment)
            return (null, Refusal.Unprocessable(node.IsDevelopment ? "Here cards are issued to test identities only (division 510799)." : "A test identity gets no card.", "idNumber"));
        if (order.PurseNo is { } purse && (purse.Length != 16 || !purse.All(char.IsAsciiDigit))) return (null, Refusal.Unprocessable("A purse number has 16 digits.", "purseNo"));
        if (order.PurseBalanceFen is < 0 or > 100_000 || (order.PurseBalanceFen > 0 && !node.IsDevelopment)) return (null, Refusal.Unprocessable("A purse is loaded by its operator only.", "purseBalanceFen"));
        if (await directory.FindInstitution(order.InstitutionCode, ct) is not { } institution) return (null, Refusal.Unprocessable("The institution is not in the register.", "institutionCode"));
        if (await residents.Find(new PersonIdentifier(IdentifierSystems.ResidentId, number.Value), ct) is not { } residentId) return (null, Refusal.Unprocessable("No resident with this number is known.", "idNumber"));

        var cardId = cards.IdOf(number.Value);
        var (state, version) = await cards.Load(cardId, ct);
        if (state.Stage == CardStage.None)
        {
            if ((order.Name ?? await NameOf(residentId, ct)) is not { } name) return (null, Refusal.Unprocessable("The resident's name is not known: give it.", "name"));
            await Personalise(cardId, residentId, number, name, institution, order, caller, ct);
            (state, version) = await cards.Load(cardId, ct);
        }
        if (state.Stage == CardStage.Personalised)
        {
            if (await HandOut(cardId, state, version, order, caller, ct) is { } refusal) return (null, refusal);
            (state, _) = await cards.Load(cardId, ct);
        }
        return (await Describe(cardId, state, order, ct), null);
    }

    public async Task<IssuedCard?> Find(string cardId, CancellationToken ct)
    {
        var (state, _) = await cards.Load(cardId, ct);
        return state.Stage == CardStage.None ? null : await Describe(cardId, state, null, ct);
    }

    public async Task<(CardState? State, Refusal? Refusal)> ReportLoss(string cardId, Caller caller, CancellationToken ct)
    {
        while (true)
        {
            var (state, version) = await cards.Load(cardId, ct);
            if (state.Stage == CardStage.None) return (null, Refusal.NotFound("There is no such card."));
            var (fact, refusal) = CardDecider.Decide(new CardLost(clock.GetUtcNow(), caller.Actor), state);
            if (refusal is not null || fact is null) return (state, refusal);
            if (await cards.Append(cardId, state, version, [fact], Header(caller), [Audit(caller, "card-loss", cardId, state.Made!.ResidentId)], null, ct)) return (state.Apply(fact), null);
        }
    }

    private async Task Personalise(string cardId, string residentId, ResidentIdNumber number, string name, Institution institution, CardOrder order, Caller caller, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        await using var next = database.CreateCommand("select nextval('cards.chip_seq')");
        var chip = $"{ChipMaker}{node.DivisionCode[..4]}{(long)(await next.ExecuteScalarAsync(ct))!:D8}";
        var batch = new CardBatchMade(now, Guid.CreateVersion7().ToString("N"), ChipMaker, [chip], Sm3.Hex(Encoding.ASCII.GetBytes(chip)));
        var holder = new CardHolder(number.Value, number.Value, name, number.Gender, number.BirthDate, null);
        var made = new CardPersonalised(
            now, cardId, residentId, batch.BatchId, chip, institution.Code, order.DivisionCode ?? institution.DivisionCode, ChinaTime.DayOf(now + Validity), await cards.Seal(residentId, cardId, "holder", holder, ct));
        // Another call may have been first: then its card is the one.
        await cards.Append(cardId, CardState.Empty, 0, [made], Header(caller), [Audit(caller, "card-issue", cardId, residentId)], batch, ct);
    }

    private async Task<Refusal?> HandOut(string cardId, CardState state, long version, CardOrder order, Caller caller, CancellationToken ct)
    {
        switch (await company.Bind(cardId, state.ChipSerial!, order.PurseNo, ct))
        {
            case PayerAnswer<string>.Accepted(var purseNo):
                var now = clock.GetUtcNow();
                var number = await cards.Seal(state.Made!.ResidentId, cardId, "purse", new BoundPurse(purseNo), ct);
                await cards.Append(
                    cardId, state, version, [new CardHandedOut(now, order.InstitutionCode, keys.Blind(IdentifierSystems.CityCard, purseNo), number), new CardActivated(now)],
                    Header(caller), [Audit(caller, "card-activate", cardId, state.Made.ResidentId)], null, ct);
                return null;
            case PayerAnswer<string>.Refused(var reason):
                return Refusal.Conflict($"The operator refuses the binding. {reason}");
            default:
                return Refusal.Throttled("The card is personalised; the operator did not answer. Ask again to bind and activate it.");
        }
    }

    private async Task<IssuedCard> Describe(string cardId, CardState state, CardOrder? order, CancellationToken ct)
    {
        var holder = await cards.Holder(cardId, state, ct);
        var image = order is not null && node.IsDevelopment && holder?.PurseNo is not null ? await Image(state, holder, order, ct) : (JsonElement?)null;
        return new IssuedCard(cardId, holder?.CardNo ?? "", state.Made!.ResidentId, state.ChipSerial!, holder?.PurseNo, state.Stage.ToString().ToLowerInvariant(), image);
    }

    private async Task<JsonElement> Image(CardState state, CardHolder holder, CardOrder order, CancellationToken ct)
    {
        var institution = await directory.FindInstitution(state.Made!.InstitutionCode, ct);
        var image = new CardPersonalisation
        {
            ChipMaker = state.ChipSerial![..4], ChipNo = state.ChipSerial[4..], CardNo = holder.CardNo, HolderName = holder.Name, Sex = holder.Gender == "male" ? (byte)1 : (byte)2,
            BirthDate = holder.BirthDate, IdNumber = holder.IdNumber, Nation = order.Nation ?? "01", IssuerName = Short(institution?.Name ?? state.Made.InstitutionCode), IssuerCode = settings.CityCode,
            CityCode = settings.CityCode, IssuedOn = ChinaTime.DayOf(state.Made.At), ValidUntil = state.Made.ValidUntil, PurseNo = holder.PurseNo!, PurseBalanceFen = order.PurseBalanceFen,
        }.Personalise(MasterKeys.TestHealth, MasterKeys.TestPurse);
        return JsonSerializer.Deserialize<JsonElement>(image.ToJson());
    }

    private async Task<string?> NameOf(string residentId, CancellationToken ct)
    {
        foreach (var patientId in await residents.PatientsOf(residentId, ct))
        {
            if (await records.Read("Patient", patientId, ct) is not { } json) continue;
            using var patient = JsonDocument.Parse(json);
            if (patient.RootElement.TryGetProperty("name", out var names) && names.GetArrayLength() > 0 && names[0].TryGetProperty("text", out var text)) return text.GetString();
        }
        return null;
    }

    private EventHeader Header(Caller caller) => new(node.NodeId, caller.Actor, PurposeOfUse.HOPERAT, CardBridgeModule.Source, caller.RequestId);

    private AuditFact Audit(Caller caller, string interaction, string cardId, string residentId) =>
        new(Guid.CreateVersion7(), clock.GetUtcNow(), "C", interaction, 0, caller.Actor, caller.ClientId, caller.InstitutionCode, PurposeOfUse.HOPERAT, caller.RequestId)
        {
            ResidentId = residentId, Target = CardLog.StreamOf(cardId),
        };

    // Item 3 has 30 bytes: fifteen Chinese characters.
    private static string Short(string name) => name.Length <= 15 ? name : name[..15];
}
