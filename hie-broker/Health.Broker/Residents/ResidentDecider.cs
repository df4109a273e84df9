using Health.Broker.Residents.Matching;
using Health.Contracts;

namespace Health.Broker.Residents;

/// <summary>A source's Patient with what the source says.</summary>
internal sealed record Presented(string PatientId, string Institution, PersonFacts Facts);

/// <summary>A strong identifier of the presented person that a resident already has.</summary>
internal sealed record KeyHit(StrongKey Key, ResidentState Resident);

/// <summary>The events for the stream of <paramref name="Before"/>, none when nothing is new; <paramref name="NewKeys"/> are the resident's from now on.</summary>
internal sealed record Decision(ResidentState Before, LinkBasis Basis, IReadOnlyList<object> Events, IReadOnlyList<StrongKey> NewKeys);

/// <summary>Which resident a person is. Pure: the id of a possible new resident is passed in.</summary>
internal static class ResidentDecider
{
    public const string KeysDisagree = "keys-disagree";

    /// <param name="linked">The resident the Patient is linked to, if any.</param>
    /// <param name="hits">Residents found by the strong identifiers presented.</param>
    public static Decision Identify(Presented presented, ResidentState? linked, IReadOnlyList<KeyHit> hits, string newResidentId)
    {
        if (linked is not null) return Repeat(presented, linked, hits);
        var objections = new List<string>();
        foreach (var hit in hits.OrderBy(hit => hit.Key.Kind))
        {
            var objection = Agreement.Objection(hit.Key, presented.Facts, hit.Resident);
            if (objection is null) return LinkTo(presented, hit.Resident, hits);
            objections.Add(objection);
        }

        return Register(presented, hits, objections, newResidentId);
    }

    private static Decision LinkTo(Presented presented, ResidentState resident, IReadOnlyList<KeyHit> hits)
    {
        var foreign = hits.Where(hit => hit.Resident.ResidentId != resident.ResidentId).ToList();
        var facts = Without(presented.Facts, foreign.Select(hit => hit.Key));
        var met = hits.Except(foreign).Select(hit => hit.Key.KindCode).Distinct().ToList();
        List<object> events =
        [
            Linked(resident.ResidentId, presented, "strong-identifier", met, facts),
            .. foreign.DistinctBy(hit => hit.Resident.ResidentId)
                .Select(hit => Conflict(resident.ResidentId, presented, hit.Resident.ResidentId, foreign, KeysDisagree)),
        ];
        return new Decision(resident, LinkBasis.StrongIdentifier, events, [.. facts.Keys.Except(resident.Keys)]);
    }

    private static Decision Register(Presented presented, IReadOnlyList<KeyHit> hits, List<string> objections, string newResidentId)
    {
        var facts = Without(presented.Facts, hits.Select(hit => hit.Key));
        var met = hits.Select(hit => hit.Key.KindCode).Distinct().ToList();
        List<object> events =
        [
            new ResidentRegistered(newResidentId, presented.Institution),
            Linked(newResidentId, presented, hits.Count == 0 ? "new" : "conflict", met, facts),
        ];
        if (hits.Count > 0)
        {
            var first = hits.OrderBy(hit => hit.Key.Kind).First();
            events.Add(Conflict(newResidentId, presented, first.Resident.ResidentId, hits, objections[0]));
        }

        return new Decision(ResidentState.Unknown(newResidentId), hits.Count == 0 ? LinkBasis.New : LinkBasis.Conflict, events, facts.Keys);
    }

    private static Decision Repeat(Presented presented, ResidentState linked, IReadOnlyList<KeyHit> hits)
    {
        var events = new List<object>();
        var refused = hits.Where(hit => hit.Resident.ResidentId != linked.ResidentId).ToList();
        foreach (var hit in refused.DistinctBy(hit => hit.Resident.ResidentId))
            if (!linked.Conflicts.Contains((presented.PatientId, hit.Resident.ResidentId, KeysDisagree)))
                events.Add(Conflict(linked.ResidentId, presented, hit.Resident.ResidentId, refused, KeysDisagree));

        var facts = Without(presented.Facts, refused.Select(hit => hit.Key));
        if (Agreement.HasOtherIdNumber(facts, linked))
        {
            // A record number given to somebody else, or a corrected number: not ours to decide.
            if (!linked.Conflicts.Contains((presented.PatientId, null, Agreement.IdNumberDiffers)))
                events.Add(Conflict(linked.ResidentId, presented, null, hits, Agreement.IdNumberDiffers));
            return new Decision(linked, events.Count > 0 ? LinkBasis.Conflict : LinkBasis.Known, events, []);
        }

        var before = linked.Patients[presented.PatientId].Facts;
        var newKeys = facts.Keys.Except(linked.Keys).ToList();
        if (!before.Says(facts))
            events.Add(new PatientFactsChanged(linked.ResidentId, presented.PatientId, [.. newKeys.Select(key => key.KindCode).Distinct()]) { Person = before.With(facts) });
        return new Decision(linked, events.Any(e => e is IdentityConflictRaised) ? LinkBasis.Conflict : LinkBasis.Known, events, newKeys);
    }

    private static PatientLinked Linked(string residentId, Presented presented, string basis, IReadOnlyList<string> kinds, PersonFacts facts) =>
        new(residentId, presented.PatientId, presented.Institution, basis, kinds, Agreement.ModelVersion) { Person = facts };

    private static IdentityConflictRaised Conflict(string residentId, Presented presented, string? other, IReadOnlyList<KeyHit> hits, string reason) =>
        new(residentId, presented.PatientId, other, [.. hits.Select(hit => hit.Key.KindCode).Distinct()], reason, Agreement.ModelVersion) { Person = presented.Facts };

    // A contested identifier stays with who has it until a person decides.
    private static PersonFacts Without(PersonFacts facts, IEnumerable<StrongKey> contested) => facts with { Keys = [.. facts.Keys.Except(contested)] };
}
