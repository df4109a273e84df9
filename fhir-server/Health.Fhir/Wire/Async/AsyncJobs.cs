using System.Collections.Concurrent;
using System.Text;
using System.Threading.Channels;
using Health.Contracts;
using Health.Fhir.Interactions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Health.Fhir.Wire.Async;

/// <summary>
/// Runs requests that were sent with <c>Prefer: respond-async</c>, two at a time. http://hl7.org/fhir/R4/async.html; the answer is the
/// batch-response Bundle of http://hl7.org/fhir/R5/async-bundle.html. A job ends when it is done, cancelled by its owner, or when the node
/// stops: then its owner is told so at the same address. Answers are sealed and kept for an hour.
/// </summary>
internal sealed class AsyncJobs(AsyncJobTable table, NodeIdentity node, IKeyring keyring, TimeProvider time, ILogger<AsyncJobs> log) : BackgroundService
{
    public const int MaxOpenPerOwner = 10, MaxQueued = 200;
    private const int Workers = 2;
    public static readonly TimeSpan Kept = TimeSpan.FromHours(1);
    private static readonly TimeSpan Sweep = TimeSpan.FromMinutes(5);

    private sealed record Work(AsyncJob Job, FhirRequest Request, FhirDoor.Interaction Interaction, CancellationTokenSource Cancel);

    private readonly Channel<Work> queue = Channel.CreateBounded<Work>(MaxQueued);
    private readonly ConcurrentDictionary<Guid, Work> open = new();

    /// <summary>Takes the request; it answers at once with the address of its job.</summary>
    public async ValueTask<FhirAnswer> Start(FhirRequest request, string name, FhirDoor.Interaction interaction, CancellationToken ct)
    {
        var owner = Owner(request.Caller);
        if (await table.CountOpen(owner, ct) >= MaxOpenPerOwner) return FhirAnswer.Of(new Refusal(429, "throttled", $"{MaxOpenPerOwner} requests of this client are under way; wait for one or cancel one."));
        var job = new AsyncJob(Guid.CreateVersion7(time.GetUtcNow()), owner, name, "queued", request.Method is not ("GET" or "HEAD"), time.GetUtcNow(), null, null, null);
        await table.Add(job, node.NodeId, ct);
        // The HTTP exchange ends before the job does.
        var work = new Work(job, request with { Http = null }, interaction, new CancellationTokenSource());
        open[job.Id] = work;
        if (!queue.Writer.TryWrite(work))
        {
            Drop(work);
            await table.Fail(job.Id, ct);
            return FhirAnswer.Of(Refusal.Throttled("Too many requests wait to be run on their own; send this one later."));
        }

        return new FhirAnswer(202) { Headers = [("Content-Location", $"{request.BaseUrl}/_async/{job.Id}")] };
    }

    public Task<AsyncJob?> Find(Guid id, Caller caller, CancellationToken ct) => table.Find(id, Owner(caller), ct);

    public async Task<bool> Cancel(Guid id, Caller caller, CancellationToken ct)
    {
        if (!await table.Cancel(id, Owner(caller), ct)) return false;
        if (open.TryGetValue(id, out var work)) await work.Cancel.CancelAsync();
        return true;
    }

    public async ValueTask<ReadOnlyMemory<byte>?> Open(AsyncJob job, CancellationToken ct) =>
        await keyring.Find(job.KeyId!, ct) is { } key ? key.Open(job.Result, Place(job.Id)) : null;

    // Whoever signs in anew is the same owner: client and actor, not the token.
    private static string Owner(Caller caller) => $"{caller.ClientId} {caller.Actor}";

    private static byte[] Place(Guid id) => Encoding.UTF8.GetBytes($"fhir.async_job/{id}");

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await table.Recover(node.NodeId, stoppingToken);
        await Task.WhenAll([.. Enumerable.Range(0, Workers).Select(_ => Worker(stoppingToken)), Sweeper(stoppingToken)]);
    }

    private async Task Worker(CancellationToken stopping)
    {
        await foreach (var work in queue.Reader.ReadAllAsync(stopping))
        {
            try
            {
                await Run(work, stopping);
            }
            catch (Exception e) when (!stopping.IsCancellationRequested)
            {
                // The store is away: the row says failed as soon as it is back, at the latest after a restart.
                log.LogError(e, "The request {RequestId} that runs on its own ended without its answer being kept.", work.Request.Caller.RequestId);
            }
            finally
            {
                Drop(work);
            }
        }
    }

    private async Task Run(Work work, CancellationToken stopping)
    {
        if (!await table.Begin(work.Job.Id, stopping)) return;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, work.Cancel.Token);
        FhirAnswer answer;
        try
        {
            answer = await work.Interaction(work.Request, either.Token);
        }
        catch (OperationCanceledException) when (work.Cancel.IsCancellationRequested && !stopping.IsCancellationRequested)
        {
            return;
        }
        catch (Exception e) when (!either.IsCancellationRequested)
        {
            log.LogError(e, "The request {RequestId} ({Interaction}) that runs on its own failed.", work.Request.Caller.RequestId, work.Job.Interaction);
            answer = FhirAnswer.Of(FhirDoor.Failure(e, work.Request.Caller.RequestId));
        }

        var bundle = BundleInteraction.Response(work.Request, "batch-response", [answer]).Body;
        await table.Finish(work.Job.Id, keyring.Node.Id, keyring.Node.Seal(bundle.Span, Place(work.Job.Id)), stopping);
    }

    private async Task Sweeper(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(Sweep, time);
        while (await timer.WaitForNextTickAsync(stopping)) await table.Forget(Kept, stopping);
    }

    private void Drop(Work work)
    {
        open.TryRemove(work.Job.Id, out _);
        work.Cancel.Dispose();
    }
}
