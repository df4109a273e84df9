using System.CommandLine;
using Npgsql;

namespace Health.Host.Commands;

/// <summary>The verbs of <c>./health</c> that are programs; <c>test</c>, <c>bench</c> and <c>check</c> are the script's own.</summary>
public static class HealthCommand
{
    /// <summary>A stop finishes what is in flight, ends the children and the database; longer than that it is cut off.</summary>
    private static readonly TimeSpan StopWithin = TimeSpan.FromSeconds(9);

    public static async Task<int> Run(string[] args)
    {
        var root = new RootCommand("Health: the regional health information platform. 区域卫生信息平台")
        {
            RunCommand.Create(),
            TokenCommand.Create(),
            Hl7Command.Create(),
            FhirCommand.Create(),
            CardsCommand.Create(),
            VerifyAuditCommand.Create(),
            RebuildCommand.Create(),
        };
        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0 || args.Length == 0)
        {
            var why = parsed.Errors.Count > 0 ? parsed.Errors[0].Message : "A verb is missing.";
            await Terminal.Error.WriteLineAsync($"health: {why} See './health help' or './health VERB --help'.");
            return 2;
        }

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = StopWithin });
        }
        catch (OperationCanceledException)
        {
            return 130; // stopped before it was ready
        }
        catch (Exception e) when (e is InvalidOperationException or IOException or UnauthorizedAccessException or NpgsqlException)
        {
            await Terminal.Error.WriteLineAsync($"health: {e.Message}");
            return 1;
        }
        catch (HttpRequestException e)
        {
            await Terminal.Error.WriteLineAsync($"health: the platform does not answer ({e.Message}). Is it running on this --port?");
            return 1;
        }
    }
}
