using System.ComponentModel;
using System.Diagnostics;

namespace Health.CardAgent.Desk;

/// <summary>Sends a receipt's text (UTF-8) to the program of <c>Agent:PrintCommand</c>, e.g. <c>lp -d desk</c>, on its standard input.</summary>
public sealed class ReceiptPrinter(VisitStore visits, AgentSettings settings, ILogger<ReceiptPrinter> log)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Null when the program took the receipt and ended well.</summary>
    public async Task<DeskRefusal?> Print(string? visitTx, CancellationToken ct)
    {
        if (settings.PrintCommand.Length == 0) return new DeskRefusal(501, "未设置打印机（Agent:PrintCommand）", "No printer is set (Agent:PrintCommand)");
        if (visitTx is null || visits.Receipt(visitTx) is not { } text) return new DeskRefusal(404, "没有这张收据", "There is no such receipt");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Patience);
        try
        {
            return await Send(text, limit.Token) is var code and not 0 ? Failed($"exit code {code}") : null;
        }
        catch (Exception failure) when (failure is Win32Exception or IOException || (failure is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return Failed(failure is OperationCanceledException ? "no end within 20 s" : failure.Message);
        }
    }

    private async Task<int> Send(string text, CancellationToken ct)
    {
        var words = settings.PrintCommand.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        using var process = Process.Start(new ProcessStartInfo(words[0], words[1..]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })
            ?? throw new IOException("the program did not start");
        try
        {
            var chatter = Task.WhenAll(process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, ct), process.StandardError.BaseStream.CopyToAsync(Stream.Null, ct));
            await process.StandardInput.BaseStream.WriteAsync(System.Text.Encoding.UTF8.GetBytes(text), ct);
            process.StandardInput.Close();
            await chatter;
            await process.WaitForExitAsync(ct);
            return process.ExitCode;
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }

    private DeskRefusal Failed(string reason)
    {
        log.LogWarning("The receipt was not printed: {Reason}", reason);
        return new DeskRefusal(502, $"打印失败（{reason}）", $"The receipt was not printed ({reason})");
    }
}
