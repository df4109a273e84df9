using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Health.Adapters.Acknowledging;
using Health.Adapters.Inbox;
using Health.Adapters.Sources;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Health.Adapters.Listening;

/// <summary>The MLLP door: accepts connections up to a limit and serves each on its own. A connection that fails never touches another.</summary>
internal sealed class MllpListener(AdapterSettings settings, SourceRegistry sources, Intake intake, ReturnPaths paths, MllpEndpoint endpoint, TimeProvider time, ILogger<MllpListener> log)
    : IHostedService, IDisposable
{
    /// <summary>At most this many messages above <see cref="Health.Hl7v2.Mllp.MllpDecoder.LargeBytes"/> are read at once, all connections together.</summary>
    private const int LargeAtOnce = 4;

    /// <summary>Of these, so many of one address.</summary>
    private const int LargeOfOneAddress = LargeAtOnce / 2;

    private readonly CancellationTokenSource stopping = new();
    private readonly SemaphoreSlim places = new(settings.MaxConnections);
    private readonly LargePlaces large = new(LargeAtOnce, LargeOfOneAddress);
    private readonly ConcurrentDictionary<MllpConnection, Task> connections = new();
    private readonly ConcurrentDictionary<IPAddress, int> byAddress = new();
    private readonly Complaints complaints = new(time, log);
    private readonly List<TcpListener> listeners = [];
    private readonly List<Task> accepting = [];

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (settings.MllpPort >= 0) endpoint.Port = Listen(settings.MllpPort, null);
        if (settings.MllpR2Port is { } port) endpoint.R2Port = Listen(port, null, commits: true);
        if (settings.Tls is { } tls) endpoint.TlsPort = Listen(tls.Port, tls);
        return Task.CompletedTask;
    }

    /// <summary>No new connections and messages; what is being stored is finished and answered.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await stopping.CancelAsync();
        foreach (var listener in listeners) listener.Stop();
        await Task.WhenAll(accepting.Concat(connections.Values)).WaitAsync(cancellationToken);
    }

    public void Dispose()
    {
        foreach (var listener in listeners) listener.Dispose();
        stopping.Dispose();
        places.Dispose();
    }

    private int Listen(int port, TlsSettings? tls, bool commits = false)
    {
        var listener = new TcpListener(tls?.Address ?? settings.MllpAddress, port);
        listener.Start();
        listeners.Add(listener);
        accepting.Add(Task.Run(() => Accept(listener, tls, commits)));
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task Accept(TcpListener listener, TlsSettings? tls, bool commits)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await places.WaitAsync(stopping.Token);
                Serve(await AcceptOne(listener), tls, commits);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (SocketException e)
            {
                log.LogWarning("A connection could not be accepted: {Error}", e.SocketErrorCode);
            }
        }
    }

    private async Task<Socket> AcceptOne(TcpListener listener)
    {
        try
        {
            return await listener.AcceptSocketAsync(stopping.Token);
        }
        catch
        {
            places.Release();
            throw;
        }
    }

    private void Serve(Socket socket, TlsSettings? tls, bool commits)
    {
        var address = (socket.RemoteEndPoint as IPEndPoint)?.Address ?? IPAddress.None;
        if (byAddress.AddOrUpdate(address, 1, (_, count) => count + 1) > settings.MaxConnectionsPerAddress)
        {
            Leave(address);
            socket.Dispose();
            complaints.Say("address", $"An address holds {settings.MaxConnectionsPerAddress} MLLP connections; more of it are closed.");
            return;
        }

        socket.NoDelay = true;
        var connection = new MllpConnection(socket, address, settings, tls, sources, intake, paths, large, complaints, time, log) { Commits = commits };
        connections[connection] = Run();

        async Task Run()
        {
            await Task.Yield();
            try
            {
                await connection.Serve(stopping.Token);
            }
            finally
            {
                Leave(address);
                connections.TryRemove(connection, out _);
            }
        }
    }

    private void Leave(IPAddress address)
    {
        // Gone at zero, so that addresses seen once are not kept for ever.
        if (byAddress.AddOrUpdate(address, 0, (_, count) => count - 1) <= 0) byAddress.TryRemove(new KeyValuePair<IPAddress, int>(address, 0));
        places.Release();
    }
}
