using System.Text.Json;
using System.Text.Json.Serialization;
using Health.CardAgent.Desk;

namespace Health.CardAgent.Api;

/// <summary>
/// One text message of the local socket. From the program: <c>v</c> (1), <c>id</c> (1 to 64 characters, its own), <c>command</c>, <c>body</c>. From the desk:
/// an answer with the same id and <c>ok</c> and <c>result</c> or <c>error</c>, or an event with <c>event</c> and <c>data</c>.
/// </summary>
public sealed record SocketRequest(int V, string? Id, string? Command, JsonElement Body)
{
    public override string ToString() => $"SocketRequest {Command}";
}

public sealed record SocketError(int Status, string Zh, string En);

/// <summary>What goes out. Amounts in fen.</summary>
public static class SocketMessages
{
    public const int Version = 1;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter() }, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static byte[] Ok(string id, object? result) => Bytes(new { v = Version, id, ok = true, result });

    public static byte[] Refused(string? id, DeskRefusal refusal) => Bytes(new { v = Version, id, ok = false, error = new SocketError(refusal.Status, refusal.Zh, refusal.En) });

    public static byte[] Event(DeskEvent happened) => Bytes(new { v = Version, @event = happened.Name, data = Data(happened) });

    public static byte[] Hello(DeskView view) => Bytes(new { v = Version, @event = "desk", data = new { view.DeskId, view.InstitutionName, view.Reader, card = view.Card is null ? null : Person(view.Card), view.Visit } });

    /// <summary>The card with the whole person: the program was paired for that.</summary>
    public static object Person(CardView card) => new
    {
        card.State, card.Present, card.Name, card.IdNumber, card.Sex, card.BirthDate, card.ChipSerial, card.ResidentId, card.Bound, card.PurseNo, card.BalanceFen, card.Apdus, card.ReadMilliseconds,
    };

    public static T Read<T>(JsonElement body) where T : class =>
        (body.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null ? JsonSerializer.Deserialize<T>("{}", Json) : body.Deserialize<T>(Json)) ?? throw new JsonException("The body is empty.");

    public static SocketRequest? Request(ReadOnlySpan<byte> text) => JsonSerializer.Deserialize<SocketRequest>(text, Json);

    private static object? Data(DeskEvent happened) => happened.Name switch
    {
        DeskEvent.Inserted or DeskEvent.Removed => new { happened.View.Reader },
        DeskEvent.Identified => Person(happened.View.Card!),
        DeskEvent.Refused => new { happened.View.Card!.State, happened.View.Message },
        _ => happened.View.Visit,
    };

    private static byte[] Bytes(object message) => JsonSerializer.SerializeToUtf8Bytes(message, Json);
}
