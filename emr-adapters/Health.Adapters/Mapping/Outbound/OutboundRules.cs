using System.Text.Json;

namespace Health.Adapters.Mapping.Outbound;

/// <summary>What a line of <c>outbound.map</c> calls by name: more than a data type can say. Each gives the repetitions of one field.</summary>
internal static class OutboundRules
{
    public delegate IEnumerable<string> Rule(JsonElement resource, OutboundMessage message, string detail);

    /// <exception cref="KeyNotFoundException">There is no such rule.</exception>
    public static Rule Named(string name) => name switch
    {
        "PatientNumbers" => PatientNumbers,
        "VisitClass" => (resource, _, _) => [VisitClass(resource.Text("class.code"))],
        "Place" => Place,
        "Participants" => Participants,
        "VisitNumber" => VisitNumber,
        "OrderNumber" => OrderNumber,
        "Interpreters" => Interpreters,
        "ReferenceRange" => (resource, _, _) => [ReferenceRange(resource)],
        "SpecimenNumber" => SpecimenNumber,
        "DocumentNumber" => DocumentNumber,
        "ParentDocument" => ParentDocument,
        "Completion" => Completion,
        _ => throw new KeyNotFoundException($"'{name}' is no rule."),
    };

    /// <summary>PID-3: the receiver's own numbers of this person first, then all others, each once.</summary>
    private static IEnumerable<string> PatientNumbers(JsonElement patient, OutboundMessage message, string detail)
    {
        var seen = new HashSet<(string?, string)>();
        foreach (var own in message.Subject.OwnNumbers)
            if (seen.Add((own.System, own.Value))) yield return message.Names.Cx(own.System, own.Value, null);
        foreach (var number in message.Subject.Numbers ?? [])
            if (seen.Add((number.System, number.Value))) yield return message.Names.Cx(number.System, number.Value, null);
        if (message.Subject.Numbers is not null) yield break;
        foreach (var identifier in patient.At("identifier"))
            if (identifier.Text("value") is { } value && identifier.Text("use") != "old" && seen.Add((identifier.Text("system"), value)))
                yield return message.Names.Cx(identifier.Text("system"), value, identifier.Text("type.coding.code"));
    }

    /// <summary>PV1-2, table 0004; a code of that table as it is, U for what is none.</summary>
    public static string VisitClass(string? code) => code switch
    {
        "IMP" or "ACUTE" or "NONAC" or "SS" => "I",
        "AMB" or "VR" or "HH" or "OBSENC" => "O",
        "EMER" => "E",
        "PRENC" => "P",
        "R" or "B" or "C" or "N" => code,
        _ => "U",
    };

    /// <summary>PL: point of care, room and bed as the source numbers them; the institution; the name alone as description.</summary>
    private static IEnumerable<string> Place(JsonElement encounter, OutboundMessage message, string detail)
    {
        var places = encounter.At("location");
        var place = places.Find(one => one.Text("status") == "active");
        if (place.ValueKind == JsonValueKind.Undefined) place = places.Find(one => one.Text("status") is null);
        if (place.ValueKind == JsonValueKind.Undefined) yield break;
        var facility = encounter.Text("serviceProvider.reference") is { } provider && provider.StartsWith("Organization/", StringComparison.Ordinal)
            ? message.Names.Authority(provider["Organization/".Length..].ToUpperInvariant()) : null;
        if (place.Text("location.identifier.value") is { } number)
        {
            var parts = number.Split('/', 3);
            yield return Er7.Values(parts[0], parts.Length > 1 ? parts[1] : null, parts.Length > 2 ? parts[2] : null, facility, null, null, null, null, place.Text("location.display"));
        }
        else if (place.Text("location.display") is { } name)
        {
            yield return Er7.Values(null, null, null, facility, null, null, null, null, name);
        }
    }

    /// <param name="detail">v3 ParticipationType.</param>
    private static IEnumerable<string> Participants(JsonElement encounter, OutboundMessage message, string detail) =>
        encounter.At("participant").Where(one => one.At("type.coding.code").Exists(code => code.GetString() == detail)).SelectMany(one => one.At("individual")).Select(OutboundTypes.Staff);

    /// <summary>The institution's own visit number; else the first number there is.</summary>
    private static IEnumerable<string> VisitNumber(JsonElement encounter, OutboundMessage message, string detail)
    {
        var numbers = encounter.At("identifier").Where(one => one.Text("value") is not null).ToList();
        var own = numbers.Find(one => one.Text("system")?.EndsWith(":visit", StringComparison.Ordinal) == true);
        if (own.ValueKind == JsonValueKind.Undefined && numbers.Count > 0) own = numbers[0];
        if (own.ValueKind != JsonValueKind.Undefined) yield return message.Names.Cx(own.Text("system"), own.Text("value")!, "VN");
    }

    /// <summary>EI of the order: PLAC the placer's, FILL the filler's. A report without a filler's number goes under its id here.</summary>
    private static IEnumerable<string> OrderNumber(JsonElement report, OutboundMessage message, string detail)
    {
        var number = report.At("identifier").Find(one => one.At("type.coding.code").Exists(code => code.GetString() == detail) && one.Text("value") is not null);
        if (number.ValueKind == JsonValueKind.Object) yield return message.Names.Ei(number.Text("system"), number.Text("value")!);
        else if (detail == "FILL") yield return message.Names.PlatformEi(report.Text("id") ?? "");
    }

    /// <summary>NDL: number and name in subcomponents.</summary>
    private static IEnumerable<string> Interpreters(JsonElement report, OutboundMessage message, string detail) =>
        report.At("resultsInterpreter").Select(one => Er7.Sub(one.Text("identifier.value"), one.Text("display")));

    /// <summary>OBX-7: the text, or the bounds as <c>low-high</c>, <c>&gt;=low</c>, <c>&lt;=high</c>.</summary>
    public static string ReferenceRange(JsonElement observation)
    {
        if (observation.At("referenceRange") is not [var range, ..]) return "";
        if (range.Text("text") is { } text) return Er7.Text(text);
        return (range.Text("low.value"), range.Text("high.value")) switch
        {
            ({ } low, { } high) => Er7.Text($"{low}-{high}"),
            ({ } low, null) => Er7.Text($">={low}"),
            (null, { } high) => Er7.Text($"<={high}"),
            _ => "",
        };
    }

    /// <summary>EIP: the number as the filler's.</summary>
    private static IEnumerable<string> SpecimenNumber(JsonElement specimen, OutboundMessage message, string detail)
    {
        if (specimen.At("identifier").Find(one => one.Text("value") is not null) is { ValueKind: JsonValueKind.Object } number)
            yield return Er7.Components("", message.Names.Ei(number.Text("system"), number.Text("value")!).Replace('^', '&'));
    }

    private static IEnumerable<string> DocumentNumber(JsonElement document, OutboundMessage message, string detail) =>
        [NumberOf(document, message)];

    /// <summary>TXA-13: the document that this one replaces or adds to.</summary>
    private static IEnumerable<string> ParentDocument(JsonElement document, OutboundMessage message, string detail)
    {
        if (document.At("relatesTo").Find(one => one.Text("code") is "replaces" or "appends") is not { ValueKind: JsonValueKind.Object } relation)
            yield break;
        if (message.Subject.Parent is { } parent) yield return NumberOf(parent, message);
        else if (relation.Text("target.identifier.value") is { } number) yield return message.Names.Ei(relation.Text("target.identifier.system"), number);
        else if (relation.At("target") is [var target, ..] && target.IdOf("DocumentReference") is { } id) yield return message.Names.PlatformEi(id);
    }

    private static string NumberOf(JsonElement document, OutboundMessage message) => document.Text("masterIdentifier.value") is { } value
        ? message.Names.Ei(document.Text("masterIdentifier.system"), value) : message.Names.PlatformEi(document.Text("id") ?? "");

    /// <summary>TXA-17, table 0271: CA cancelled, AU authenticated where somebody signed, else DO documented; IP in progress.</summary>
    private static IEnumerable<string> Completion(JsonElement document, OutboundMessage message, string detail)
    {
        if (document.Text("status") == "entered-in-error") return ["CA"];
        return document.Text("docStatus") switch
        {
            "final" or "amended" => [document.At("authenticator").Count > 0 ? "AU" : "DO"],
            "preliminary" => ["IP"],
            "entered-in-error" => ["CA"],
            _ => [],
        };
    }
}
