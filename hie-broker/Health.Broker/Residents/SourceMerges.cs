using Health.Contracts;

namespace Health.Broker.Residents;

/// <summary>
/// A source has merged two of its own Patients. The one merged away joins the resident of the survivor by a link of its own, so that an
/// unlink can take it back; a repeat finds the link there and appends nothing.
/// </summary>
internal sealed class SourceMerges(IResidentIndex index, ResidentCorrections corrections) : ISourceMerges
{
    public async ValueTask<Refusal?> Merge(PatientIdentity prior, string survivingPatientId, EventHeader header, CancellationToken ct)
    {
        if (prior.PatientId == survivingPatientId) return Refusal.Invalid("A Patient cannot be merged into itself.");
        if (await index.ResidentOf(survivingPatientId, ct) is not { } resident) return Refusal.NotFound($"Patient {survivingPatientId} is linked to no resident.");
        // A number nobody has sent before becomes known here, so that what comes later under it finds the link.
        await index.Identify(prior, header, ct);
        return await corrections.Link(prior.PatientId, resident, "source-corrected", header, ct);
    }
}
