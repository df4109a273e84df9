using System.Globalization;
using System.Text;
using Health.Adapters.Mapping.Outbound;
using Health.Adapters.Mapping.Values;
using Health.Adapters.Outbound;
using Health.Contracts;
using Health.Hl7v2;
using Health.Hl7v2.Mllp;

namespace Health.Adapters.Queries;

/// <summary>Whom a hospital is asked about; what is null is not asked by.</summary>
/// <param name="Name">The whole name (PID.5.1).</param>
/// <param name="Identifier">A number as it is (PID.3.1).</param>
/// <param name="BirthDate"><c>yyyy-MM-dd</c>.</param>
public sealed record HospitalQuestion(string Destination, string? Name = null, string? Identifier = null, DateOnly? BirthDate = null, string? Gender = null, string? Phone = null);

/// <param name="Identifiers">CX as they came: number, authority, type.</param>
public sealed record HospitalPatient(IReadOnlyList<string> Identifiers, string? Name, string? BirthDate, string? Sex, string? Phone, string? Address);

/// <param name="Status">QAK-2: OK, NF nobody found, AE, AR; empty when the hospital sent none.</param>
/// <param name="Problems">Texts of MSA-3 and ERR-8.</param>
/// <param name="IsComplete">False where more was announced than is fetched.</param>
public sealed record HospitalAnswer(string Status, IReadOnlyList<HospitalPatient> Patients, IReadOnlyList<string> Problems, bool IsComplete);

/// <summary>Asks a hospital for patients (QBP^Q22, IHE ITI-21) on a line of its own, beside the queue. Nothing of the answer is kept.</summary>
internal sealed class HospitalQuery(AdapterSettings settings, TimeProvider time)
{
    private const int PageSize = 50, MostPages = 10;

    /// <exception cref="MllpException">The hospital did not answer, or not this question.</exception>
    public async Task<HospitalAnswer> Ask(DestinationProfile destination, HospitalQuestion question, CancellationToken ct)
    {
        await using var sender = OutboundSender.Open(destination, settings, time);
        List<HospitalPatient> patients = [];
        List<string> problems = [];
        var (status, pointer, tag) = ("", (string?)null, NewId());
        for (var page = 0; page < MostPages; page++)
        {
            var reply = await sender.Send(Write(destination, question, tag, pointer), ct);
            using var answer = Hl7Message.Read(reply.Bytes, Hl7Charset.FromName(destination.Charset)).Message ?? throw new MllpException("The answer is not an HL7 message.");
            var isFirst = page == 0;
            if (isFirst) status = answer.Get("QAK-2") ?? (reply.IsAccepted ? "" : reply.Code);
            if (answer.Get("MSA-3") is { } said) problems.Add(said);
            foreach (var error in answer.Segments("ERR"))
                if (error[8].Text(1) is { } text) problems.Add(text);
            foreach (var pid in answer.Segments("PID")) patients.Add(Patient(pid));
            pointer = answer.Get("DSC-1");
            if (pointer is null) return new HospitalAnswer(status, patients, problems, true);
        }

        return new HospitalAnswer(status, patients, problems, false);
    }

    private byte[] Write(DestinationProfile destination, HospitalQuestion question, string tag, string? pointer)
    {
        var (writer, header) = (new Hl7Writer(), destination.Header with { IsEnhanced = false });
        var now = OutboundTypes.Time(time.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ssK", CultureInfo.InvariantCulture), destination.Names.Zone);
        OutboundWriter.Msh(writer, new OutboundEvent("QBP", "Q22", "QBP_Q21", ""), header, NewId(), now);
        writer.Segment("QPD").Components(1, "IHE PDQ Query").Field(2, tag);
        void By(string place, string? value)
        {
            if (!string.IsNullOrWhiteSpace(value)) writer.Raw(3, Er7.Values(place, value.Trim()));
        }

        By("@PID.3.1", question.Identifier);
        By("@PID.5.1", question.Name);
        By("@PID.7", question.BirthDate?.ToString("yyyyMMdd", CultureInfo.InvariantCulture));
        By("@PID.8", question.Gender switch { null => null, "male" => "M", "female" => "F", "other" => "O", var other => other });
        By("@PID.13", question.Phone);
        writer.Segment("RCP").Field(1, "I").Components(2, PageSize.ToString(CultureInfo.InvariantCulture), "RD");
        if (pointer is not null) writer.Segment("DSC").Field(1, pointer).Field(2, "I");
        return writer.ToBytes(header.Charset);
    }

    private static HospitalPatient Patient(SegmentView pid)
    {
        List<string> numbers = [];
        foreach (var cx in pid[3].Repetitions) numbers.Add(Encoding.UTF8.GetString(cx.Bytes));
        return new HospitalPatient(
            numbers, pid[5].IsPresent ? HumanNames.TextOf(pid[5].Repetition(1)) : null, pid[7].Text(1), pid[8].Text(1),
            pid[13].IsPresent ? ContactPoints.ValueOf(pid[13].Repetition(1)) : null, pid[11].IsPresent ? string.Concat(pid[11].Text(4), pid[11].Text(3), pid[11].Text(9), pid[11].Text(1)) : null);
    }

    private static string NewId() => Guid.NewGuid().ToString("N")[..20];
}
