using System.Buffers;
using System.Text.Json;
using Health.Contracts;
using Health.Fhir.Records;
using Health.Fhir.Search;

namespace Health.Fhir.Bulk;

/// <summary>
/// Writes a file of an export as it is fetched: portion by portion from the log, decrypted, straight to the answer. What was erased, or hidden
/// from the caller, since the files were laid out is left out.
/// </summary>
public sealed class ExportFile(ExportRows rows, RecordReader records)
{
    private const int Portion = 200;

    public async Task Write(BulkJob job, BulkFile file, AccessFilter filter, IBufferWriter<byte> writer, Func<ValueTask> flush, CancellationToken ct)
    {
        var after = file.AfterId;
        while (await rows.Read(job, file.Kind, file.Type, after, file.ToId, filter, Portion, ct) is { Count: > 0 } portion)
        {
            if (file.Kind == "deleted") foreach (var row in portion) JsonLine.Append(writer, Deletion(file.Type, row.Id));
            else
                foreach (var record in await records.BySequences([.. portion.Select(row => row.Sequence)], filter, ct))
                    if (record.Json is { IsEmpty: false } json) JsonLine.Append(writer, ElementSelection.Apply(json, file.Type, job.Request.Elements).Span);
            // The reader of the answer sets the pace: nothing piles up.
            await flush();
            after = portion[^1].Id;
        }
    }

    /// <summary>https://hl7.org/fhir/uv/bulkdata/STU2/export.html: a transaction Bundle that deletes.</summary>
    private static byte[] Deletion(string type, string id) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        resourceType = "Bundle",
        type = "transaction",
        entry = new[] { new { request = new { method = "DELETE", url = $"{type}/{id}" } } },
    });
}
