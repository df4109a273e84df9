using System.Security.Cryptography;
using System.Text;
using Health.Adapters.Mapping;
using Health.Adapters.Sources;
using Health.Hl7v2;

namespace Health.Benchmarks;

/// <summary>
/// Reading and mapping HL7 v2 on one core, by processor time of the thread. Floor and reader take turns batch by batch and the best batch
/// of each counts, so that a neighbour's load falls on both or on none.
/// </summary>
public static class Hl7LibraryBench
{
    private const int Batches = 12;
    private static readonly TimeSpan BatchTime = TimeSpan.FromMilliseconds(60), WarmUp = TimeSpan.FromMilliseconds(700);

    private readonly record struct Rate(double PerSecond, double BytesEach);

    public static IEnumerable<BenchRow> Run()
    {
        var (admission, result, longResult, pdf) = (Hl7Samples.Admission(), Hl7Samples.Result(), Hl7Samples.LongResult(), Hl7Samples.Pdf());
        foreach (var row in Reading("ADT", admission, ReadAdmission, 1_000_000)) yield return row;
        foreach (var row in Reading("ORU", result, ReadResult, null)) yield return row;
        foreach (var row in Reading("ORU", longResult, ReadResult, 400_000)) yield return row;
        foreach (var row in Reading("ORU with a PDF", pdf, ReadResult, 100_000)) yield return row;
        yield return AllResults(longResult);
        yield return Transcoding(Hl7Samples.Gb(admission));
        foreach (var row in Mapping("ADT", admission, 20_000, 16_384)) yield return row;
        foreach (var row in Mapping("ORU", result, null, null)) yield return row;
        foreach (var row in Mapping("ORU", longResult, null, null)) yield return row;
    }

    private static IEnumerable<BenchRow> Reading(string type, byte[] message, Func<Hl7Message, int> read, double? target)
    {
        var floor = new Hl7Floor(message.Length);
        using var reader = new Hl7Reader();
        var rates = Measure(() => floor.All(message), () => floor.FieldsAndSegments(message), () => read(reader.Read(message)!));
        var name = $"{type} of {message.Length / 1000.0:0.0} KB";
        yield return new BenchRow($"floor: offsets of the six separators, {name}", rates[0].PerSecond, "1/s");
        yield return new BenchRow($"floor: offsets of | and CR alone, {name}", rates[1].PerSecond, "1/s");
        var ratio = rates[2].PerSecond / rates[0].PerSecond;
        yield return new BenchRow($"index and 24 fields read, {name}: share of the six separators' floor", rates[2].PerSecond, "1/s", rates[0].PerSecond, ratio, 0.5, ratio >= 0.5);
        if (target is { } least) yield return BenchRow.AtLeast($"index and 24 fields read, {name}", rates[2].PerSecond, "1/s", least);
        yield return BenchRow.AtMost($"allocated by a read, {name}", rates[2].BytesEach, "bytes", 0);
    }

    private static BenchRow AllResults(byte[] message)
    {
        using var reader = new Hl7Reader();
        return new BenchRow($"index and eight fields of every result read, ORU of {message.Length / 1000.0:0.0} KB", Measure(() => ReadResults(reader.Read(message)!))[0].PerSecond, "1/s");
    }

    private static BenchRow Transcoding(byte[] message)
    {
        using var reader = new Hl7Reader();
        var rate = Measure(() => ReadAdmission(reader.Read(message, Hl7Charset.Gb18030)!))[0];
        return BenchRow.AtLeast($"GB 18030 read, ADT of {message.Length / 1000.0:0.0} KB", rate.PerSecond * message.Length / 1e6, "MB/s", 300);
    }

    private static IEnumerable<BenchRow> Mapping(string type, byte[] bytes, double? target, double? most)
    {
        var source = new SourceProfile { Id = "mych", InstitutionCode = "MY510703H001", SendingApplication = "HIS", SendingFacility = "MYCH" };
        var key = new byte[32];
        var context = new MappingContext(source, "message-1", new DateTimeOffset(2026, 11, 24, 8, 0, 0, TimeSpan.FromHours(8)), (kind, system, value) => Id(key, kind, system, value));
        using var reader = new Hl7Reader();
        var rate = Measure(() => MessageMapper.Map(reader.Read(bytes)!, context) is MappingResult.Mapped mapped ? mapped.Writes.Count : throw new InvalidOperationException("The sample was refused."))[0];
        var name = $"v2 to FHIR JSON, {type} of {bytes.Length / 1000.0:0.0} KB";
        yield return target is { } least ? BenchRow.AtLeast(name, rate.PerSecond, "1/s", least) : new BenchRow(name, rate.PerSecond, "1/s");
        yield return most is { } limit ? BenchRow.AtMost($"allocated by {name}", rate.BytesEach, "bytes", limit) : new BenchRow($"allocated by {name}", rate.BytesEach, "bytes");
    }

    /// <summary>An id as the keyring derives it: HMAC-SHA256 of kind, system and value, sixteen bytes of it written out.</summary>
    private static string Id(byte[] key, string kind, string system, string value)
    {
        Span<byte> text = stackalloc byte[512];
        Span<byte> hash = stackalloc byte[32];
        var length = Encoding.UTF8.GetBytes(kind, text);
        length += Encoding.UTF8.GetBytes(system, text[length..]);
        length += Encoding.UTF8.GetBytes(value, text[length..]);
        HMACSHA256.HashData(key, text[..length], hash);
        return Convert.ToHexStringLower(hash[..16]);
    }

    /// <summary>Four fields of the header, eleven of the patient, five of the visit, four of diagnosis, allergy and insurance.</summary>
    private static int ReadAdmission(Hl7Message message)
    {
        var (msh, pid, pv1) = (message.Segment("MSH"), message.Segment("PID"), message.Segment("PV1"));
        var sum = msh[9].Component(1).Bytes.Length + msh[9].Component(2).Bytes.Length + msh[10].Bytes.Length + msh[12].Component(1).Bytes.Length;
        var patient = pid[3].Repetition(1);
        sum += patient.Component(1).Bytes.Length + patient.Component(4).Sub(1).Bytes.Length + patient.Component(5).Bytes.Length;
        sum += pid[5].Component(1).Bytes.Length + pid[5].Component(2).Bytes.Length + pid[7].Bytes.Length + pid[8].Bytes.Length;
        sum += pid[11].Component(1).Bytes.Length + pid[13].Component(1).Bytes.Length + pid[16].Bytes.Length + pid[18].Bytes.Length;
        sum += pv1[2].Bytes.Length + pv1[3].Component(1).Bytes.Length + pv1[7].Component(1).Bytes.Length + pv1[19].Bytes.Length + pv1[44].Bytes.Length;
        sum += message.Segment("DG1")[3].Component(1).Bytes.Length + message.Segment("DG1", 2)[3].Component(1).Bytes.Length;
        return sum + message.Segment("AL1")[3].Component(2).Bytes.Length + message.Segment("IN1")[4].Bytes.Length;
    }

    /// <summary>Four fields of the header, eleven of the patient, five of the visit, four of the first result.</summary>
    private static int ReadResult(Hl7Message message)
    {
        var (msh, pid, pv1, obx) = (message.Segment("MSH"), message.Segment("PID"), message.Segment("PV1"), message.Segment("OBX"));
        var sum = msh[9].Component(1).Bytes.Length + msh[9].Component(2).Bytes.Length + msh[10].Bytes.Length + msh[12].Component(1).Bytes.Length;
        for (var field = 3; field <= 13; field++) sum += pid[field].Bytes.Length;
        sum += pv1[2].Bytes.Length + pv1[3].Component(1).Bytes.Length + pv1[7].Component(1).Bytes.Length + pv1[19].Bytes.Length + pv1[44].Bytes.Length;
        return sum + obx[3].Component(1).Bytes.Length + obx[5].Bytes.Length + obx[6].Component(1).Bytes.Length + obx[11].Bytes.Length;
    }

    private static int ReadResults(Hl7Message message)
    {
        var sum = 0;
        foreach (var obx in message.Segments("OBX"))
        {
            var code = obx[3].Repetition(1);
            sum += obx[2].Bytes.Length + code.Component(1).Bytes.Length + code.Component(3).Bytes.Length + obx[5].Bytes.Length + obx[6].Component(1).Bytes.Length;
            sum += obx[7].Bytes.Length + obx[8].Bytes.Length + obx[11].Bytes.Length;
        }

        return sum;
    }

    /// <summary>The best batch of each piece of work; bytes are those of its last batch, by the thread that did it.</summary>
    private static Rate[] Measure(params Func<int>[] work)
    {
        var best = new Rate[work.Length];
        var rounds = Array.ConvertAll(work, Warm);
        for (var batch = 0; batch < Batches; batch++)
        {
            for (var i = 0; i < work.Length; i++)
            {
                var (before, allocated) = (ThreadClock.Now, GC.GetAllocatedBytesForCurrentThread());
                for (var round = 0; round < rounds[i]; round++) work[i]();
                var (each, seconds) = ((double)(GC.GetAllocatedBytesForCurrentThread() - allocated) / rounds[i], (ThreadClock.Now - before).TotalSeconds);
                best[i] = new Rate(Math.Max(best[i].PerSecond, rounds[i] / seconds), each);
            }
        }

        return best;
    }

    /// <summary>Runs until the compiler has settled; how many rounds fill a batch.</summary>
    private static int Warm(Func<int> work)
    {
        var warm = ThreadClock.Now + WarmUp;
        while (ThreadClock.Now < warm) work();

        var (rounds, start) = (0, ThreadClock.Now);
        for (; rounds % 32 != 0 || ThreadClock.Now - start < BatchTime; rounds++) work();
        return Math.Max(1, rounds);
    }
}
