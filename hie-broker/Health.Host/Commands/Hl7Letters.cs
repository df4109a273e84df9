using System.Security.Cryptography;
using Health.Hl7v2;
using Health.Hl7v2.Mllp;

namespace Health.Host.Commands;

/// <summary>Messages of files, ready to send.</summary>
/// <param name="File">Where it stood.</param>
/// <param name="Type">MSH-9.1^MSH-9.2.</param>
internal sealed record Hl7Letter(string File, string Type, string ControlId, byte[] Bytes);

/// <summary>Reads letters from files and sends them, a few connections at once.</summary>
internal static class Hl7Letters
{
    private const int Connections = 4, ContentIdLength = 18;
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Sample files often share a control id, which a platform must refuse to take twice with different content. Unless kept, such messages
    /// (and those without any) get an id made from their content: sending the same file again is then a repeat.
    /// </summary>
    public static IReadOnlyList<Hl7Letter> Read(IEnumerable<string> files, bool keepControlIds)
    {
        List<Hl7Letter> letters = [];
        foreach (var file in files)
            foreach (var bytes in Hl7Batch.Split(File.ReadAllBytes(file)))
            {
                using var message = Hl7Message.Read(bytes).Message;
                if (message is not null) letters.Add(new Hl7Letter(file, $"{message.Get("MSH-9.1")}^{message.Get("MSH-9.2")}", message.ControlId, bytes.ToArray()));
            }

        if (keepControlIds) return letters;
        letters = [.. letters.Select(AskForAnAnswer)];
        var shared = letters.GroupBy(letter => letter.ControlId).Where(group => group.Key.Length == 0 || group.Count() > 1).SelectMany(group => group).ToHashSet();
        if (shared.Count > 0)
            Terminal.WriteLine($"{shared.Count} of {letters.Count} messages share a control id or have none; each is sent under one made from its content (--keep-control-ids sends them as they are)");
        return [.. letters.Select(letter => shared.Contains(letter) ? WithContentId(letter) : letter).DistinctBy(letter => letter.ControlId)];
    }

    /// <summary>A message may ask for no acknowledgement, or for one of errors only (MSH-15): then a sender learns nothing. This one wants to know.</summary>
    private static Hl7Letter AskForAnAnswer(Hl7Letter letter)
    {
        using var message = Hl7Message.Read(letter.Bytes).Message!;
        return message.Get("MSH-15") is null or "" or "AL" or "SU" ? letter : letter with { Bytes = message.With(Hl7Path.Parse("MSH-15"), "AL") };
    }

    /// <summary>Acknowledgement code of each letter; null where none came.</summary>
    public static async Task<IReadOnlyDictionary<Hl7Letter, string?>> SendAll(IReadOnlyList<Hl7Letter> letters, int port, CancellationToken ct)
    {
        var progress = new Progress("messages", letters.Count);
        var answers = new System.Collections.Concurrent.ConcurrentDictionary<Hl7Letter, string?>();
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(async connection =>
        {
            await using var sender = new MllpSender("127.0.0.1", port, AnswerWithin, TimeProvider.System);
            for (var i = connection; i < letters.Count; i += Connections)
            {
                answers[letters[i]] = await Send(sender, letters[i], ct);
                progress.Add(1);
            }
        }));
        progress.End();
        return answers;
    }

    private static async Task<string?> Send(MllpSender sender, Hl7Letter letter, CancellationToken ct)
    {
        try
        {
            return (await sender.Send(letter.Bytes, ct)).Code;
        }
        catch (MllpException e)
        {
            await Terminal.Error.WriteLineAsync($"{letter.File}: {e.Message}");
            return null;
        }
    }

    private static Hl7Letter WithContentId(Hl7Letter letter)
    {
        var id = "C" + Convert.ToHexString(SHA256.HashData(letter.Bytes))[..ContentIdLength];
        using var message = Hl7Message.Read(letter.Bytes).Message!;
        return letter with { ControlId = id, Bytes = message.With(Hl7Path.Parse("MSH-10"), id) };
    }
}
