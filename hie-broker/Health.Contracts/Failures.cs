using System.Data.Common;

namespace Health.Contracts;

/// <summary>What kind of failure an exception tells of.</summary>
public static class Failures
{
    /// <summary>A database or network that is away: trying again later helps, and nothing is said about the data.</summary>
    public static bool IsOfInfrastructure(Exception? e)
    {
        for (; e is not null; e = e.InnerException)
            if (e is DbException { IsTransient: true } or TimeoutException or IOException or ObjectDisposedException or System.Net.Sockets.SocketException) return true;
        return false;
    }
}
