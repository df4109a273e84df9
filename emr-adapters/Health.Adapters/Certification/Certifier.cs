using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Health.Adapters.Inbox;
using Health.Adapters.Mapping;
using Health.Adapters.Sources;
using Health.Hl7v2;

namespace Health.Adapters.Certification;

/// <summary>
/// Checks the messages of one source one after the other, in the order they were sent, and writes nothing anywhere. What it keeps are
/// counts, control ids and places; never a value that could name a person.
/// </summary>
public sealed partial class Certifier
{
    /// <summary>How many messages one run looks at.</summary>
    public const int MostMessages = 100_000;

    private readonly SourceProfile source;
    private readonly TimeProvider time;
    private readonly CheckTally tally = new();
    private readonly TimeChecks times;
    private readonly CodeWorkList codes;
    private readonly Dictionary<string, byte[]> controlIds = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> earlyUpdates = new(StringComparer.Ordinal);
    private readonly HashSet<string> openedVisits = new(StringComparer.Ordinal), triggers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, UnmappedFieldCount> unmapped = new(StringComparer.Ordinal);
    private readonly Dictionary<(DateOnly, string), (int Arrived, int Quarantined)> days = [];
    private long? lastNumber;
    private int messages, mappedMessages;

    public Certifier(SourceProfile source, TimeProvider time)
    {
        (this.source, this.time) = (source, time);
        times = new TimeChecks(source.DefaultOffset, tally);
        codes = new CodeWorkList(source);
    }

    /// <summary>Whether more messages came than one run looks at; those were left out.</summary>
    public bool IsFull => messages >= MostMessages;

    /// <param name="raw">One message without framing.</param>
    /// <param name="origin">Names it where it has no control id: a file, a message id.</param>
    /// <param name="isQuarantined">What became of it here; null where it was not taken in: then what the mapping says of it counts.</param>
    public void Take(ReadOnlyMemory<byte> raw, string origin, bool? isQuarantined = null)
    {
        if (IsFull) return;
        messages++;
        var read = Hl7Message.Read(raw, Hl7Charset.FromName(source.Charset));
        using var message = read.Message;
        if (message is null)
        {
            tally.Fail(CheckList.Readable, origin, "MSH", read.Diagnostics[^1].Text);
            return;
        }

        var controlId = message.ControlId.Length > 0 ? message.ControlId : origin;
        if (IsRepeat(message, controlId)) return;
        tally.Judge(CheckList.Readable, !message.Diagnostics.Any(one => one is { IsError: true, Path: "MSH-2" or "MSH-1" or "MSH" }), controlId, "MSH-2", "The separators cannot be told apart.");
        Header(message, controlId);
        CharsetTruth(raw, message, controlId);
        Content(message, controlId, isQuarantined);
        VisitOrder(message, controlId);
    }

    /// <summary>What a sender did whose acknowledgement was kept back: it sent the same bytes again, others, or nothing.</summary>
    public void Resent(string controlId, bool isSame) =>
        tally.Judge(CheckList.Resends, isSame, controlId, "MSH-10", "The acknowledgement was kept back, and the message did not come again unchanged.");

    public CertificationReport Report()
    {
        times.Conclude();
        if (source.Protocol.Events is { } agreed)
            foreach (var one in agreed)
                tally.Judge(CheckList.Triggers, triggers.Contains(one) || triggers.Any(seen => seen.StartsWith($"{one}^", StringComparison.Ordinal)), "", "MSH-9", $"{one} was not seen.");
        foreach (var field in unmapped.Values) tally.Fail(CheckList.UnmappedFields, field.ControlId, field.Path, $"{field.Count} times");
        tally.LookedAt(CheckList.UnmappedFields, mappedMessages);
        foreach (var code in codes.Codes) tally.Fail(CheckList.LocalCodes, code.ControlId, code.Path, $"{code.System ?? "(none)"} {code.Code}, {code.Count} times");
        tally.LookedAt(CheckList.LocalCodes, codes.Seen);
        return new CertificationReport(
            source.Id, source.InstitutionCode, time.GetUtcNow(), messages, tally.Items(), codes.Codes,
            [.. unmapped.Values.OrderByDescending(field => field.Count).ThenBy(field => field.Path, StringComparer.Ordinal)],
            [.. days.OrderBy(day => day.Key).Select(day => new DayCount(day.Key.Item1, day.Key.Item2, day.Value.Arrived, day.Value.Quarantined))])
        {
            IsCut = IsFull,
        };
    }

    /// <summary>The same message again is judged once; the same control id for another is a failure.</summary>
    private bool IsRepeat(Hl7Message message, string controlId)
    {
        if (message.ControlId.Length == 0) return false;
        var key = MessageKey.Of(message, hasUnknownSenders: false);
        var name = $"{key.Application}|{key.Facility}|{key.ControlId}";
        if (!controlIds.TryGetValue(name, out var before))
        {
            controlIds[name] = key.BodyHash;
            tally.Pass(CheckList.ControlIds);
            return false;
        }

        if (before.AsSpan().SequenceEqual(key.BodyHash)) return true;
        tally.Fail(CheckList.ControlIds, controlId, "MSH-10", "The control id came before with another content.");
        return false;
    }

    private void Header(Hl7Message message, string controlId)
    {
        foreach (var place in new[] { "MSH-7", "MSH-9.1", "MSH-9.2", "MSH-10", "MSH-11", "MSH-12" })
            tally.Judge(CheckList.Header, message.Find(place).IsPresent, controlId, place, "Empty.");
        tally.Judge(CheckList.Sender, IsOfSource(message), controlId, "MSH-3", "Not the sender that the profile names.");
        var refusal = DoorRules.Refusal(message, source.Protocol);
        tally.Judge(CheckList.Agreed, refusal is null, controlId, refusal?.Path ?? "", refusal?.Text ?? "");
        triggers.Add($"{message.MessageCode}^{message.TriggerEvent}");
        if (SequenceBook.NumberOf(message) is not { } number || number < 0) return;
        if (lastNumber is { } last && number != 0) tally.Judge(CheckList.Sequence, number == last + 1, controlId, "MSH-13", "Not the number after that of the message before.");
        else tally.Pass(CheckList.Sequence);
        lastNumber = number;
    }

    private bool IsOfSource(Hl7Message message) =>
        source.AcceptsUnknownSenders
        || ((source.SendingApplication ?? message.Get("MSH-3.1")) == message.Get("MSH-3.1") && (source.SendingFacility ?? message.Get("MSH-4.1")) == message.Get("MSH-4.1"));

    /// <summary>MSH-18 is read as if no profile said better, so that a name that is not true shows.</summary>
    private void CharsetTruth(ReadOnlyMemory<byte> raw, Hl7Message message, string controlId)
    {
        var declared = Hl7Message.Read(raw);
        using var asDeclared = declared.Message;
        var wrong = declared.Diagnostics.Concat(message.Diagnostics).FirstOrDefault(one => one.Path == "MSH-18");
        if (wrong is null && !Ascii.IsValid(raw.Span) && source.Charset is null && !message.Find("MSH-18").IsPresent)
            wrong = Hl7Diagnostic.Error("MSH-18", Hl7ErrorCode.RequiredFieldMissing, "Text beyond ASCII, and neither MSH-18 nor the profile names a character set: it can only be guessed.");
        tally.Judge(CheckList.Charset, wrong is null, controlId, "MSH-18", wrong?.Text ?? "");
    }

    private void Content(Hl7Message message, string controlId, bool? isQuarantined)
    {
        var missing = RequiredFields.Missing(message).ToList();
        foreach (var path in missing) tally.Fail(CheckList.RequiredFields, controlId, path, "Missing.");
        if (missing.Count == 0) tally.Pass(CheckList.RequiredFields);
        times.Take(message, controlId, time.GetUtcNow());
        codes.Take(message, controlId);
        var mapped = message.Diagnostics.FirstOrDefault(one => one.IsError) is { } error ? new MappingResult.Refused([error]) : MessageMapper.Map(message, Context(controlId));
        if (mapped is MappingResult.Refused refused) tally.Fail(CheckList.Mapped, controlId, refused.Problems[0].Path, $"{refused.Problems[0].ErrCode} {refused.Problems[0].Text}");
        else tally.Judge(CheckList.Mapped, isQuarantined != true, controlId, "", "It waits in the quarantine.");
        Count(message, isQuarantined ?? mapped is MappingResult.Refused);
        if (mapped is not MappingResult.Mapped done) return;
        mappedMessages++;
        NumberChecks.Take(message, controlId, done, tally);
        foreach (var path in done.UnmappedPaths.Select(path => Places().Replace(path, "")).Distinct())
            unmapped[path] = unmapped.TryGetValue(path, out var known) ? known with { Count = known.Count + 1 } : new UnmappedFieldCount(path, 1, controlId);
    }

    /// <summary>Ids of a dry run lead nowhere.</summary>
    private MappingContext Context(string controlId) =>
        new(source, controlId, time.GetUtcNow(), static (kind, system, value) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{kind}|{system}|{value}")))[..32]);

    private void Count(Hl7Message message, bool isQuarantined)
    {
        var at = Hl7Timestamp.TryParse(message.Get("MSH-7.1"), out var sent) ? sent.ToInstant(source.DefaultOffset) : time.GetUtcNow();
        var key = (DateOnly.FromDateTime(at.ToOffset(source.DefaultOffset).DateTime), $"{message.MessageCode}^{message.TriggerEvent}");
        var (arrived, quarantined) = days.GetValueOrDefault(key);
        days[key] = (arrived + 1, quarantined + (isQuarantined ? 1 : 0));
    }

    /// <summary>An update that came before the admission of its visit. One whose admission never came may have begun before the run.</summary>
    private void VisitOrder(Hl7Message message, string controlId)
    {
        if (message.MessageCode != "ADT" || message.Get("PV1-19.1") is not { } visit) return;
        var key = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(visit)));
        switch (message.TriggerEvent)
        {
            case "A01" or "A04" or "A05":
                if (openedVisits.Add(key)) tally.Judge(CheckList.Order, !earlyUpdates.ContainsKey(key), controlId, "PV1-19", $"{earlyUpdates.GetValueOrDefault(key)} about this visit came before it.");
                break;
            case "A02" or "A03" or "A08" or "A11" or "A13" when !openedVisits.Contains(key):
                earlyUpdates.TryAdd(key, string.Create(CultureInfo.InvariantCulture, $"{message.TriggerEvent} {controlId}"));
                break;
        }
    }

    [GeneratedRegex(@"\[\d+\]")]
    private static partial Regex Places();
}
