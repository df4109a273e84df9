using System.Text.Json;
using Health.CardAgent.Desk;
using Health.CardAgent.Platform;

namespace Health.CardAgent.Api;

/// <summary>The commands of the local socket: what the page's keys do, by name.</summary>
public sealed class SocketCommands(DeskService desk, DeskFeed feed, VisitStore visits)
{
    private sealed record RegisterBody(string? DepartmentCode);

    private sealed record FeesBody(IReadOnlyList<FeeLine>? FeeLines);

    private sealed record TendersOrLeg(IReadOnlyList<TenderBody>? Tenders, string? Leg, string? AuthCode);

    private sealed record VisitBody(string? VisitTx, string? Reason);

    private static readonly DeskRefusal Malformed = new(400, "消息格式不对", "The message has not the form of a command");

    /// <summary>The answer to a message, whatever it was. Carries out one command.</summary>
    public async Task<byte[]> Answer(ReadOnlyMemory<byte> text)
    {
        SocketRequest? request;
        try
        {
            request = SocketMessages.Request(text.Span);
        }
        catch (JsonException)
        {
            return SocketMessages.Refused(null, Malformed);
        }
        if (request?.Id is not { Length: > 0 and <= 64 } id) return SocketMessages.Refused(null, Malformed);
        if (request.V != SocketMessages.Version) return SocketMessages.Refused(id, new DeskRefusal(400, $"不支持版本 {request.V}，请用 {SocketMessages.Version}", $"Version {request.V} is not supported: use {SocketMessages.Version}"));
        try
        {
            return await Carry(request) is { } refusal ? SocketMessages.Refused(id, refusal) : SocketMessages.Ok(id, Result(request));
        }
        catch (JsonException)
        {
            return SocketMessages.Refused(id, Malformed);
        }
    }

    private async Task<DeskRefusal?> Carry(SocketRequest request) => request.Command switch
    {
        "read" => await desk.Read(),
        "register" => await desk.Register(SocketMessages.Read<RegisterBody>(request.Body).DepartmentCode),
        "preSettle" => await desk.PreSettle(SocketMessages.Read<FeesBody>(request.Body).FeeLines ?? []),
        "tenders" => await Tenders(SocketMessages.Read<TendersOrLeg>(request.Body)),
        "settle" => await desk.Pay(),
        "reverse" => await Reverse(SocketMessages.Read<VisitBody>(request.Body)),
        "print" => await desk.Print(SocketMessages.Read<VisitBody>(request.Body).VisitTx),
        "load" => await desk.Load(SocketMessages.Read<AgentApi.LoadBody>(request.Body).AmountFen),
        "close" => await desk.Close(),
        "state" => null,
        _ => new DeskRefusal(404, "没有这个命令", "There is no such command"),
    };

    private Task<DeskRefusal?> Tenders(TendersOrLeg body) => body.Leg is { } leg ? desk.Collect(leg, body.AuthCode) : desk.Plan(body.Tenders ?? []);

    private Task<DeskRefusal?> Reverse(VisitBody body) => desk.Reverse(body.VisitTx, body.Reason ?? "");

    private object? Result(SocketRequest request) => request.Command switch
    {
        "read" => feed.Now.Card is { } card ? SocketMessages.Person(card) : null,
        "state" => new { feed.Now.DeskId, feed.Now.Reader, card = feed.Now.Card is { } shown ? SocketMessages.Person(shown) : null, feed.Now.Visit, feed.Now.Undecided, feed.Now.Unreported, feed.Now.Contested },
        "reverse" when SocketMessages.Read<VisitBody>(request.Body).VisitTx is { } visitTx => visits.Find(visitTx),
        _ => feed.Now.Visit,
    };
}
