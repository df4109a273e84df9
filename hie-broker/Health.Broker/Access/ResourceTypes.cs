using System.Collections.Frozen;

namespace Health.Broker.Access;

/// <summary>Groups of FHIR R4 resource types that the policy names.</summary>
internal static class ResourceTypes
{
    /// <summary>https://hl7.org/fhir/R4/compartmentdefinition-patient.html. A type that is not here is refused to a resident's token.</summary>
    public static readonly FrozenSet<string> PatientCompartment = Names(
        """
        Account AdverseEvent AllergyIntolerance Appointment AppointmentResponse AuditEvent Basic BodyStructure CarePlan CareTeam ChargeItem
        Claim ClaimResponse ClinicalImpression Communication CommunicationRequest Composition Condition Consent Coverage
        CoverageEligibilityRequest CoverageEligibilityResponse DetectedIssue DeviceRequest DeviceUseStatement DiagnosticReport
        DocumentManifest DocumentReference Encounter EnrollmentRequest EpisodeOfCare ExplanationOfBenefit FamilyMemberHistory Flag Goal
        Group ImagingStudy Immunization ImmunizationEvaluation ImmunizationRecommendation Invoice List MeasureReport Media
        MedicationAdministration MedicationDispense MedicationRequest MedicationStatement MolecularSequence NutritionOrder Observation
        Patient Person Procedure Provenance QuestionnaireResponse RelatedPerson RequestGroup ResearchSubject RiskAssessment Schedule
        ServiceRequest Specimen SupplyDelivery SupplyRequest VisionPrescription
        """);

    /// <summary>What a clinic desk handles: who it is, the visit, and the money.</summary>
    public static readonly FrozenSet<string> Desk = Names(
        "Patient Coverage CoverageEligibilityRequest CoverageEligibilityResponse Encounter Claim ClaimResponse");

    /// <summary>The register of institutions, open to the commission.</summary>
    public static readonly FrozenSet<string> Register = Names("Organization Location");

    /// <summary>Definitions that change how the server works for everybody: an operator's business.</summary>
    public static readonly FrozenSet<string> Definitions = Names(
        """
        CapabilityStatement CodeSystem CompartmentDefinition ConceptMap GraphDefinition ImplementationGuide MessageDefinition NamingSystem
        OperationDefinition SearchParameter StructureDefinition StructureMap TerminologyCapabilities ValueSet
        """);

    private static FrozenSet<string> Names(string text) =>
        text.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries).ToFrozenSet(StringComparer.Ordinal);
}
