using System.Net;
using Health.Adapters.Listening;

namespace Health.UnitTests.Adapters;

public sealed class Places_for_large_messages
{
    private static readonly IPAddress A = IPAddress.Parse("10.0.0.1"), B = IPAddress.Parse("10.0.0.2"), C = IPAddress.Parse("10.0.0.3");
    private readonly LargePlaces places = new(4, 2);

    [Fact]
    public void are_so_many_for_one_address_and_so_many_for_all()
    {
        Task[] taken = [Take(A), Take(A), Take(A), Take(B), Take(B), Take(C)];
        Assert.Equal([true, true, false, true, true, false], taken.Select(one => one.IsCompletedSuccessfully));
    }

    [Fact]
    public async Task that_become_free_go_to_the_address_that_holds_fewest()
    {
        Task[] taken = [Take(A), Take(A), Take(B), Take(B)];
        await Task.WhenAll(taken);
        Task[] waiting = [Take(A), Take(B), Take(C)];
        places.Give(A);
        await waiting[2].WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        Assert.False(waiting[0].IsCompleted || waiting[1].IsCompleted);
        places.Give(B);
        await waiting[0].WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        Assert.False(waiting[1].IsCompleted);
    }

    [Fact]
    public async Task are_not_taken_by_whoever_gave_up_waiting()
    {
        await Task.WhenAll(Take(A), Take(A));
        using var gone = new CancellationTokenSource();
        var first = places.Take(A, gone.Token);
        var second = Take(A);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        places.Give(A);
        await second.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
    }

    private Task Take(IPAddress address) => places.Take(address, CancellationToken.None);
}
