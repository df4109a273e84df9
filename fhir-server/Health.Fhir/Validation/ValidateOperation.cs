using System.Text;
using Health.Contracts;
using Health.Fhir.Records;
using Health.Fhir.Terminology;
using Health.Fhir.Wire;
using Microsoft.AspNetCore.Routing;

namespace Health.Fhir.Validation;

/// <summary>
/// <c>Type/$validate</c> and <c>Type/id/$validate</c>: would this be taken, and does it conform. http://hl7.org/fhir/R4/resource-operation-validate.html
/// Nothing is written. The answer is 200 with an OperationOutcome whatever it says; only a request that cannot be read is refused.
/// </summary>
public static class ValidateOperation
{
    private static readonly string[] Known = ["resource", "mode", "profile"];

    public static void Map(IEndpointRouteBuilder fhir)
    {
        FhirDoor.Map(fhir, "/{type}/$validate", ["POST"], "$validate", Handle);
        FhirDoor.Map(fhir, "/{type}/{id}/$validate", ["GET", "POST"], "$validate", Handle);
    }

    private static async ValueTask<FhirAnswer> Handle(FhirRequest request, CancellationToken ct)
    {
        var (filter, denied) = await request.Authorise(AccessKind.Read, request.Type!, ct);
        if (denied is not null) return FhirAnswer.Of(denied);
        var (input, refusal) = OperationInput.Read(request, Known, "resource");
        if (refusal is not null) return FhirAnswer.Of(refusal);
        var mode = input!.Text("mode");
        if (mode is not (null or "create" or "update" or "delete" or "profile")) return FhirAnswer.Of(Refusal.Invalid($"mode is create, update, delete or profile, not '{mode}'.", "mode"));
        if (mode == "profile" && input.Texts("profile").Count == 0 && request.Id is null) return FhirAnswer.Of(new Refusal(400, "required", "With mode=profile the profile is named.", "profile"));
        if (mode is "update" or "delete" && request.Id is null) return FhirAnswer.Of(Refusal.Invalid($"mode={mode} is asked of an instance: {request.Type}/id/$validate.", "mode"));

        var stored = request.Id is { } id ? await request.Services.Records.Find(request.Type!, id, filter, ct) : null;
        if (request.Id is not null && (stored is null || stored.Deleted || stored.Json is null) && mode is not ("update" or "create"))
        {
            var unknown = Refusal.NotFound($"{request.Type}/{request.Id} is not known.");
            await request.RecordRefusal("E", "validate", $"{request.Type}/{request.Id}", unknown, ct);
            return FhirAnswer.Of(unknown);
        }

        await request.RecordRead("validate", request.Id is null ? request.Type : $"{request.Type}/{request.Id}", stored?.ResidentId, ct, null, "E");
        if (mode == "delete") return Answer([], "It can be deleted.");
        ReadOnlyMemory<byte> body = input.Complex("resource") is { } given ? Encoding.UTF8.GetBytes(given.GetRawText()) : default;
        if (body.IsEmpty && stored?.Json is { } kept) body = kept;
        if (body.IsEmpty) return FhirAnswer.Of(new Refusal(400, "required", "The resource is missing: send it as the body, or as the parameter resource.", "resource"));
        var library = await request.Services.Conformance!.Current(ct);
        return Answer(Issues(request, mode, body, input.Texts("profile"), library), $"It is a valid {request.Type}{(input.Texts("profile").Count == 0 ? "" : $" and conforms to {string.Join(", ", input.Texts("profile"))}")}.");
    }

    private static IReadOnlyList<ValidationIssue> Issues(FhirRequest request, string? mode, ReadOnlyMemory<byte> body, IReadOnlyCollection<string> profiles, CodeLibrary library)
    {
        if (ResourceScan.TryRead(body.Span, out var scan) is { } broken) return [Of(broken)];
        if (scan.ResourceType != request.Type) return [new ValidationIssue(Severity.Error, "invalid", $"The resource is a {scan.ResourceType ?? "thing without resourceType"}; this address validates {request.Type}.", "resourceType")];
        List<ValidationIssue> issues = [.. new ProfileValidator(library, request.Services.Time).Run(body.Span, profiles, inform: true)];
        if (mode == "update" && scan.Id != request.Id) issues.Insert(0, new ValidationIssue(Severity.Error, "invalid", $"An update's body has the id of the address, {request.Id}.", $"{request.Type}.id"));
        return issues;
    }

    private static ValidationIssue Of(Refusal refusal) => new(Severity.Error, refusal.Code, refusal.Diagnostics, refusal.Expression ?? "");

    private static FhirAnswer Answer(IReadOnlyList<ValidationIssue> issues, string whenNone) => new(200) { Body = ValidationOutcome.Write(issues, whenNone) };
}
