using Health.CardBridge.Offline;
using Health.Cards;
using Health.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Health.CardBridge.Doors;

/// <summary>What a desk needs to go on alone, and the way back: its key, its numbers, its journal.</summary>
public static class OfflineDoor
{
    /// <param name="PublicKey">SM2, 65 bytes 04|X|Y in hexadecimal.</param>
    public sealed record KeyBody(string? PublicKey);

    /// <param name="Day">yyyy-MM-dd.</param>
    public sealed record NumbersBody(DateOnly Day, int Block);

    public sealed record EntriesBody(IReadOnlyList<OfflineEntry?>? Entries);

    // Desks fetch numbers for the days a cut may last: 72 hours.
    private const int DaysAhead = 3;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var desk = routes.Card(CardDoor.DeskRole);
        desk.MapPost("/desks/{deskId}/journal-key", RegisterKey);
        desk.MapPost("/desks/{deskId}/offline-numbers", Numbers);
        desk.MapPost("/desks/{deskId}/offline", Take);
        routes.Card(CardDoor.OperatorRole).MapPost("/desks/{deskId}/journal-key/release", Release);
    }

    private static async Task<IResult> RegisterKey(string deskId, KeyBody body, DeskJournals desks, OfflineSeals seals, TimeProvider clock, HttpContext http, CancellationToken ct)
    {
        if (CardDoor.Check(CardDoor.Code(deskId, "deskId")) is { } wrong) return CardDoor.Problem(wrong);
        if (body.PublicKey is not { Length: 130 } hex || !hex.All(char.IsAsciiHexDigit) || Sm2PublicKey.TryParse(Convert.FromHexString(hex)) is not { } key)
            return CardDoor.Problem(Refusal.Unprocessable("publicKey: an SM2 key, 65 bytes 04|X|Y in hexadecimal.", "publicKey"));
        var (journal, refusal) = await desks.Register(deskId, http.Who().InstitutionCode!, key, ct);
        return refusal is not null
            ? CardDoor.Problem(refusal)
            : Results.Ok(new { lastSeq = journal!.Head.Seq, lastHash = journal.Head.Hash, lastAt = journal.Head.At, sealKey = Convert.ToHexString(seals.Public.Bytes.Span), time = clock.GetUtcNow() });
    }

    private static async Task<IResult> Numbers(string deskId, NumbersBody body, DeskJournals desks, OfflineNumbers numbers, TimeProvider clock, HttpContext http, CancellationToken ct)
    {
        if (await Mine(deskId, desks, http, ct) is null) return NoKey();
        var today = ChinaTime.DayOf(clock.GetUtcNow());
        if (body.Day < today || body.Day > today.AddDays(DaysAhead)) return CardDoor.Problem(Refusal.Unprocessable($"day: today up to {DaysAhead} days from now.", "day"));
        if (body.Block is < 1 or > OfflineNumbers.MostBlocks) return CardDoor.Problem(Refusal.Unprocessable($"block: 1 to {OfflineNumbers.MostBlocks}.", "block"));
        return Results.Ok(await numbers.Take(deskId, http.Who().InstitutionCode!, body.Day, body.Block, ct));
    }

    private static async Task<IResult> Take(string deskId, EntriesBody body, DeskJournals desks, OfflineIntake intake, HttpContext http, CancellationToken ct)
    {
        if (await Mine(deskId, desks, http, ct) is null) return NoKey();
        if (body.Entries is not { Count: > 0 and <= OfflineIntake.MostEntries } entries) return CardDoor.Problem(Refusal.Unprocessable($"entries: 1 to {OfflineIntake.MostEntries}.", "entries"));
        for (var i = 0; i < entries.Count; i++)
            if (Malformed(entries[i], $"entries[{i}]") is { } malformed) return CardDoor.Problem(malformed);
        var (last, refusal, expected) = await intake.Take(deskId, entries!, http.Who(), ct);
        if (refusal is null) return Results.Ok(new { lastSeq = last });
        return expected is null ? CardDoor.Problem(refusal) : Results.Problem(refusal.Diagnostics, statusCode: refusal.Status, title: refusal.Code, extensions: new Dictionary<string, object?> { ["expected"] = expected, ["expression"] = "entries" });
    }

    private static async Task<IResult> Release(string deskId, DeskJournals desks, CancellationToken ct) =>
        await desks.Release(deskId, ct) ? Results.NoContent() : CardDoor.Problem(Refusal.NotFound("This desk has no journal."));

    private static Refusal? Malformed(OfflineEntry? entry, string place)
    {
        if (entry is null || entry.DeskId is null || entry.Body is null || entry.Previous is null || entry.Hash is null || entry.Signature is null || entry.Kind is null) return Refusal.Unprocessable("A field is missing.", place);
        if (entry.Seq < 1) return Refusal.Unprocessable("seq: counts from 1.", $"{place}.seq");
        if (entry.Body.Length > OfflineJson.MostCharacters) return Refusal.Unprocessable($"body: at most {OfflineJson.MostCharacters} characters.", $"{place}.body");
        if (!OfflineKinds.IsKnown(entry.Kind)) return Refusal.Unprocessable("kind: registered, intended or decided.", $"{place}.kind");
        return CardDoor.Check(CardDoor.VisitTx(entry.VisitTx)) is { } wrong ? wrong with { Expression = $"{place}.visitTx" } : null;
    }

    private static async Task<DeskJournal?> Mine(string deskId, DeskJournals desks, HttpContext http, CancellationToken ct) =>
        await desks.Find(deskId, ct) is { } journal && journal.InstitutionCode == http.Who().InstitutionCode ? journal : null;

    private static IResult NoKey() => CardDoor.Problem(Refusal.NotFound("No key is registered for the journal of this desk at this institution."));
}
