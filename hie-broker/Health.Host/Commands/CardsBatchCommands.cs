using System.CommandLine;
using System.Diagnostics;
using Health.CardBridge.Issuing.Batches;
using Health.Host.Demo;
using Health.Host.EmbeddedPostgres;

namespace Health.Host.Commands;

/// <summary>Many cards at once: <c>cards issue --batch</c>, <c>cards import</c>, <c>cards sample</c>. They work on the database of a platform, running or not.</summary>
public static class CardsBatchCommands
{
    private const string Actor = "cli:cards";

    /// <summary>What making and importing have in common.</summary>
    public sealed class Options(string fileOption, string description)
    {
        private readonly Option<string?> folder = new("--out") { Description = "Batch: folder for part files, reports and manifest; otherwise FILE.cards beside the file. 输出目录" };
        private readonly Option<bool> resume = new("--resume") { Description = "Batch: go on with a run that was broken off. 断点续做" };
        private readonly Option<int> partSize = new("--part") { Description = "Batch: cards in one part.", DefaultValueFactory = _ => BatchRequest.DefaultPartSize };
        private readonly Option<string?> database = new("--database") { Description = "Batch: connection string, when the platform runs on a PostgreSQL of its own." };

        public Option<string?> File { get; } = new(fileOption) { Description = description };

        public void AddTo(Command command, bool withFile = true)
        {
            if (withFile) command.Options.Add(File);
            foreach (var option in new Option[] { folder, resume, partSize, database }) command.Options.Add(option);
        }

        public (BatchRequest Request, string? Database) Read(ParseResult parsed, string? file = null)
        {
            var orders = Path.GetFullPath(file ?? parsed.GetValue(File)!);
            if (!System.IO.File.Exists(orders)) throw new InvalidOperationException($"There is no file {orders}.");
            var target = Path.GetFullPath(parsed.GetValue(folder) ?? orders + ".cards");
            return (new BatchRequest(orders, target, parsed.GetValue(resume), parsed.GetValue(partSize)), parsed.GetValue(database));
        }
    }

    public static Command Sample()
    {
        var sample = new Command("sample", "Writes orders for test identities (division 510799). 生成测试订单");
        var count = new Option<int>("--count") { Description = "Orders.", Required = true };
        var file = new Option<string>("--out") { Description = "File.", Required = true };
        var chips = new Option<bool>("--import") { Description = "As cards issued elsewhere: with chip serial and purse." };
        foreach (var option in new Option[] { count, file, chips }) sample.Options.Add(option);
        sample.SetAction(async (parsed, ct) =>
        {
            var institutions = DemoInstitutions.All.Where(institution => institution != DemoInstitutions.OpenTestSource).Select(institution => (institution.Code, institution.DivisionCode)).ToArray();
            await using var writer = new StreamWriter(parsed.GetValue(file)!);
            await writer.WriteLineAsync(SampleOrders.Header(parsed.GetValue(chips)));
            foreach (var line in SampleOrders.Lines(parsed.GetValue(count), institutions, parsed.GetValue(chips))) await writer.WriteLineAsync(line.AsMemory(), ct);
            Terminal.WriteLine($"{parsed.GetValue(count)} orders in {parsed.GetValue(file)}");
            return 0;
        });
        return sample;
    }

    public static Command Import()
    {
        var import = new Command("import", "Takes in cards that were issued elsewhere, or with --dry-run says what would come of it. 导入已发卡");
        var file = new Argument<string>("FILE") { Description = "CSV with the columns of a batch and chip_serial; optional purse_no, valid_until, state." };
        var dry = new Option<bool>("--dry-run") { Description = "Changes nothing; writes reconciliation.csv. 只核对" };
        var (platform, options) = (new PlatformAddress.Options(), new Options("--file", ""));
        import.Arguments.Add(file);
        import.Options.Add(dry);
        options.AddTo(import, withFile: false);
        platform.AddTo(import);
        import.SetAction((parsed, ct) =>
        {
            var wanted = options.Read(parsed, parsed.GetValue(file)!);
            return parsed.GetValue(dry) ? Compare(platform.Read(parsed), wanted, ct) : Import(platform.Read(parsed), wanted, ct);
        });
        return import;
    }

    public static Task<int> Make(PlatformAddress platform, (BatchRequest Request, string? Database) wanted, CancellationToken ct) =>
        Work(platform, wanted, "cards", async (batches, progress) => Tell(await batches.Make(wanted.Request, Actor, progress, ct), $"manifest {Path.Combine(wanted.Request.Folder, "manifest.json")}"), ct);

    private static Task<int> Import(PlatformAddress platform, (BatchRequest Request, string? Database) wanted, CancellationToken ct) =>
        Work(platform, wanted, "lines", async (batches, progress) => Tell(await batches.Import(wanted.Request, Actor, progress, ct), "imported"), ct);

    private static Task<int> Compare(PlatformAddress platform, (BatchRequest Request, string? Database) wanted, CancellationToken ct) => Work(platform, wanted, "lines", async (batches, progress) =>
    {
        var report = await batches.Compare(wanted.Request, progress, ct);
        return $"{report.New} new, {report.Same} same, {report.OtherChip} other chip, {report.OtherHolder} other holder, {report.Duplicate} duplicate, {report.Malformed} malformed; "
            + $"nothing was changed; report {Path.Combine(wanted.Request.Folder, "reconciliation.csv")}";
    }, ct);

    private static async Task<int> Work(PlatformAddress platform, (BatchRequest Request, string? Database) wanted, string what, Func<CardBatches, Action<long>, Task<string>> work, CancellationToken ct)
    {
        await using var cluster = wanted.Database is null ? await PostgresCluster.Attach(platform.PostgresFolder, ct) : null;
        string[] settings =
        [
            $"--Health:Database={wanted.Database ?? cluster!.ConnectionString("health")}", $"--Health:DataFolder={platform.Data}",
            "--Health:Development=true", "--Health:Modules:0=Broker", "--Health:Modules:1=CardBridge",
        ];
        // Composed, never started: the running platform goes on serving.
        await using var app = await HealthHost.Build(settings);
        Directory.CreateDirectory(wanted.Request.Folder);
        var progress = new Progress(what, Math.Max(0, CountLines(wanted.Request.OrdersFile) - 1));
        var said = await work(app.Services.GetRequiredService<CardBatches>(), progress.Add);
        progress.End();
        using var self = Process.GetCurrentProcess();
        Terminal.WriteLine(said);
        Terminal.WriteLine($"memory at most {self.PeakWorkingSet64 / 1_000_000} MB, processor {self.TotalProcessorTime.TotalSeconds:0.0} s");
        return 0;
    }

    private static string Tell(BatchReport report, string then) =>
        $"batch {report.BatchId}: {report.Cards} cards in {report.Parts} parts, {report.Rejected} lines not taken{(report.Resumed > 0 ? $", {report.Resumed} parts from an earlier run" : "")}"
        + $"{(report.WasDone ? "; it was done before" : "")}; {then}";

    private static long CountLines(string file)
    {
        using var stream = File.OpenRead(file);
        var (buffer, lines) = (new byte[1 << 20], 0L);
        while (stream.Read(buffer) is > 0 and var read) lines += buffer.AsSpan(0, read).Count((byte)'\n');
        return lines;
    }
}
