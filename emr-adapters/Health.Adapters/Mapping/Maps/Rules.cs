using System.Collections.Frozen;
using Health.Adapters.Mapping.Messages;
using Health.Adapters.Mapping.Segments;
using Health.Hl7v2;

namespace Health.Adapters.Mapping.Maps;

/// <summary>What takes more than one field or a decision, so that no data type tells it.</summary>
internal delegate void WriteRule(Patch patch, SegmentView segment, MappingRun run);

/// <summary>The rules of the table by name.</summary>
internal static class Rules
{
    private static readonly FrozenDictionary<string, WriteRule> All = new Dictionary<string, WriteRule>
    {
        ["Death"] = Pid.WriteDeath,
        ["BirthDate"] = Pid.WriteBirth,
        ["Addresses"] = Pid.WriteAddresses,
        ["MultipleBirth"] = Pid.WriteMultipleBirth,
        ["VisitStatus"] = Pv1.WriteStatus,
        ["VisitClass"] = Pv1.WriteClass,
        ["VisitPeriod"] = Pv1.WritePeriod,
        ["Participants"] = Pv1.WriteParticipants,
        ["Locations"] = Pv1.WriteLocations,
        ["DiagnosisCode"] = Dg1.WriteCode,
        ["DiagnosisStatus"] = Dg1.WriteVerification,
        ["Reactions"] = Al1.WriteReactions,
        ["ResultStatus"] = Obx.WriteStatus,
        ["ResultCategory"] = Obx.WriteCategory,
        ["ResultCode"] = Obx.WriteCode,
        ["ResultTime"] = Obx.WriteEffective,
        ["ResultPerformers"] = Obx.WritePerformers,
        ["ResultValue"] = ObxValue.Write,
        ["ReferenceRange"] = ReferenceRange.Write,
        ["ReportStatus"] = Obr.WriteStatus,
        ["ReportCode"] = Obr.WriteCode,
        ["ReportTime"] = Obr.WriteEffective,
        ["ReportInterpreter"] = Obr.WriteInterpreter,
        ["SpecimenCollection"] = Spm.WriteCollection,
        ["SpecimenNumbers"] = Spm.WriteNumbers,
        ["SpecimenParents"] = Spm.WriteParents,
        ["SpecimenContainer"] = Spm.WriteContainer,
        ["OrderedSource"] = Specimens.WriteSource,
        ["OrderedCollection"] = Specimens.WriteOrderedCollection,
        ["OrderedNotes"] = Specimens.WriteOrderedNotes,
        ["OrderStatus"] = OrderGroup.WriteStatus,
        ["OrderNumbers"] = OrderGroup.WriteNumbers,
        ["Requester"] = OrderGroup.WriteRequester,
        ["AuthoredOn"] = OrderGroup.WriteAuthoredOn,
        ["Payor"] = In1.WritePayor,
        ["CoverageType"] = In1.WriteType,
        ["VaccinationStatus"] = Vaccinations.WriteStatus,
        ["VaccinationDose"] = Vaccinations.WriteDose,
        ["AdministrationStatus"] = Medicines.WriteAdministrationStatus,
        ["AdministrationTime"] = Medicines.WriteAdministrationTime,
        ["AdministrationDosage"] = Medicines.WriteAdministrationDosage,
        ["PrescribedMedicine"] = Medicines.WriteMedicine,
        ["DocumentStatus"] = Documents.WriteStatus,
        ["DocumentRelation"] = Documents.WriteRelation,
        ["ProblemStatus"] = Problems.WriteStatus,
        ["ChargeStatus"] = Charges.WriteStatus,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <exception cref="KeyNotFoundException">There is no rule of that name.</exception>
    public static WriteRule Named(string name) => All.TryGetValue(name, out var rule) ? rule : throw new KeyNotFoundException($"There is no rule '{name}'.");
}
