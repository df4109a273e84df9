using System.Security.Cryptography;
using System.Text;
using Health.Contracts;
using Microsoft.Extensions.Hosting;

namespace Health.Fhir.Terminology;

/// <summary>
/// Stores the region's profiles and code sets as records of the node, so that they are read, searched and versioned like any other. Once per
/// content: the digest of what comes with the build is the business key. No institution may change them, for none wrote them.
/// </summary>
public sealed class RegionConformanceLoader(IRecordStore records, NodeIdentity node) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var writes = RegionConformance.All.Select(resource => new RecordWrite(WriteKind.Put, resource.Kind, resource.Id, Encoding.UTF8.GetBytes(resource.Json.GetRawText()))).ToList();
        var digest = Convert.ToHexStringLower(SHA256.HashData([.. writes.SelectMany(write => write.Json.ToArray())]));
        var header = new EventHeader(node.NodeId, "system:region-conformance", PurposeOfUse.HOPERAT, "conformance");
        var commit = await records.Commit(new RecordBatch($"region-conformance:{digest}", header, node.NodeId, null, writes), cancellationToken);
        if (commit.Refusal is { } refusal) throw new InvalidOperationException($"The region's profiles and code sets cannot be stored: {refusal.Diagnostics}");
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
