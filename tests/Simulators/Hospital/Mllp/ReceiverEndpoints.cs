using System.Collections.Concurrent;
using System.Net.Sockets;
using Health.Simulators.Hospital.Messages;

namespace Health.Simulators.Hospital.Mllp;

public sealed record ReceiverRequest(int Port = 0, string Charset = "UTF-8");

/// <summary>Receivers by their port.</summary>
public sealed class Receivers : ConcurrentDictionary<int, Receiver>;

internal static class ReceiverEndpoints
{
    public static void Map(WebApplication app)
    {
        app.MapPost("/receivers", (ReceiverRequest request, Receivers receivers, TimeProvider clock) =>
        {
            try
            {
                OutgoingMessage.EncodingOf(request.Charset);
                var receiver = new Receiver(request.Port, request.Charset, clock);
                receivers[receiver.Port] = receiver;
                return Results.Ok(new { port = receiver.Port });
            }
            catch (Exception e) when (e is BadRequestException or SocketException)
            {
                return Results.BadRequest(new { error = e.Message });
            }
        });
        app.MapGet("/receivers/{port:int}/messages", (int port, Receivers receivers) => receivers.TryGetValue(port, out var receiver) ? Results.Ok(receiver.Received) : Results.NotFound());
        app.MapPost("/receivers/{port:int}/behaviours", (int port, Behaviour[] behaviours, Receivers receivers) =>
        {
            if (!receivers.TryGetValue(port, out var receiver)) return Results.NotFound();
            if (behaviours.FirstOrDefault(one => !Behaviour.Answers.Contains(one.Answer)) is { } unknown)
                return Results.BadRequest(new { error = $"answer '{unknown.Answer}' is not known; known are {string.Join(", ", Behaviour.Answers)}" });
            receiver.Plan(behaviours);
            return Results.NoContent();
        });
        app.MapDelete("/receivers/{port:int}/behaviours", (int port, Receivers receivers) =>
        {
            if (!receivers.TryGetValue(port, out var receiver)) return Results.NotFound();
            receiver.Forget();
            return Results.NoContent();
        });
        app.MapPut("/receivers/{port:int}/people", (int port, Person[] people, Receivers receivers) =>
        {
            if (!receivers.TryGetValue(port, out var receiver)) return Results.NotFound();
            receiver.People = people;
            return Results.NoContent();
        });
        app.MapDelete("/receivers/{port:int}", async (int port, Receivers receivers) =>
        {
            if (!receivers.TryRemove(port, out var receiver)) return Results.NotFound();
            await receiver.DisposeAsync();
            return Results.NoContent();
        });
    }
}
