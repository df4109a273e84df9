using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Health.Adapters.Mapping;
using Health.Adapters.Mapping.Outbound;
using Health.Fhir.Records;
using Health.Hl7v2;
using Health.UnitTests.Hl7v2.Fuzzing;

namespace Health.UnitTests.Mapping;

/// <summary>FHIR as HL7 v2: what is said, what stays unsaid, and that reading it back gives the record again.</summary>
public sealed class Messages_for_a_hospital
{
    private static readonly OutboundNames Names = new("HEALTH", TimeSpan.FromHours(8), new Dictionary<string, string>(), new Dictionary<string, string>());
    private static readonly OutboundHeader Header = new("HEALTH", "HIE", "HIS", "STXY", "2.5.1", "P", Hl7Charset.Utf8, false);
    private static readonly DateTimeOffset At = new(2026, 11, 24, 9, 0, 0, 123, TimeSpan.FromHours(8));

    [Fact]
    public void are_the_same_bytes_every_time()
    {
        var patient = Json("{'resourceType':'Patient','id':'p','name':[{'text':'王小明'}],'birthDate':'1990-01'}");
        var message = new OutboundMessage(new OutboundSubject("Patient", "p", patient, patient), new OutboundEvent("ADT", "A28", "ADT_A05", "A28"), Names);
        var bytes = OutboundWriter.Write(message, Header, "C1", At);
        Assert.Equal(bytes, OutboundWriter.Write(message, Header, "C1", At));
        Assert.Equal(
            "MSH|^~\\&|HEALTH|HIE|HIS|STXY|20261124090000+0800||ADT^A28^ADT_A05|C1|P|2.5.1|||||CHN|UNICODE UTF-8\rEVN||20261124090000+0800\rPID|1||||王小明||199001\rPV1|1|N\r",
            Encoding.UTF8.GetString(bytes));
    }

    [Theory]
    [InlineData("1990", "1990")]
    [InlineData("1990-05-06", "19900506")]
    [InlineData("2026-11-24T09:00:00+08:00", "20261124090000+0800")]
    [InlineData("2026-11-24T01:00:00Z", "20261124090000+0800")]
    [InlineData("2026-11-23T20:30:00.123456-05:00", "20261124093000.1234+0800")]
    public void tell_times_in_the_zone_of_the_receiver_and_as_precise_as_they_are(string fhir, string hl7) => Assert.Equal(hl7, OutboundTypes.Time(fhir, TimeSpan.FromHours(8)));

    [Fact]
    public void escape_what_would_separate()
    {
        var patient = Json("{'resourceType':'Patient','id':'p','name':[{'text':'a|b^c&d~e\\\\f'}],'telecom':[{'system':'email','value':'x@y'},{'system':'phone','value':'1','use':'mobile'}]}");
        using var read = Read(Adt(patient, "A31"));
        Assert.Equal(("a|b^c&d~e\\f", "x@y", "1", "CP"), (read.Get("PID-5.1"), read.Get("PID-13[1].4"), read.Get("PID-13[2].1"), read.Get("PID-13[2].3")));
    }

    [Theory]
    [InlineData("'valueQuantity':{'value':11.20,'unit':'10*9/L','code':'10*9/L','system':'http://unitsofmeasure.org'}", "NM", "11.20", "10*9/L^10*9/L^UCUM")]
    [InlineData("'valueQuantity':{'value':5,'comparator':'<','unit':'mg'}", "SN", "<^5", "mg")]
    [InlineData("'valueString':'一行'", "ST", "一行", "")]
    [InlineData("'valueString':'一\\n二'", "TX", "一~二", "")]
    [InlineData("'valueCodeableConcept':{'coding':[{'system':'http://loinc.org','code':'LA1','display':'x'}],'text':'甲'}", "CWE", "LA1^x^LN^^^^^^甲", "")]
    [InlineData("'valueBoolean':true", "CWE", "Y^^HL70136", "")]
    [InlineData("'valueInteger':7", "NM", "7", "")]
    [InlineData("'valueDateTime':'2026-11-24'", "DTM", "20261124", "")]
    [InlineData("'valueTime':'08:30:00'", "TM", "083000", "")]
    [InlineData("'valueRange':{'low':{'value':1,'unit':'m'},'high':{'value':2,'unit':'m'}}", "SN", "^1^-^2", "m")]
    [InlineData("'valueRatio':{'numerator':{'value':1},'denominator':{'value':128}}", "SN", "^1^:^128", "")]
    [InlineData("'valuePeriod':{'start':'2026-11-24','end':'2026-11-25'}", "DR", "20261124^20261125", "")]
    [InlineData("'valueSampledData':{}", "", "", "")]
    public void carry_every_form_of_a_value(string value, string type, string obx5, string obx6)
    {
        var observation = Json($"{{'resourceType':'Observation','id':'o','status':'final','code':{{'text':'x'}},{value}}}");
        using var read = Read(Oru(observation));
        var obx = read.Segment("OBX");
        Assert.Equal((type, obx5, obx6, "F"), (Raw(obx[2]), Raw(obx[5]), Raw(obx[6]), Raw(obx[11])));
    }

    [Fact]
    public void write_components_below_their_observation()
    {
        var observation = Json(
            """
            {'resourceType':'Observation','id':'bp','status':'final','code':{'coding':[{'system':'http://loinc.org','code':'85354-9'}]},'effectiveDateTime':'2026-11-24T08:00:00+08:00',
             'component':[{'code':{'coding':[{'system':'http://loinc.org','code':'8480-6'}]},'valueQuantity':{'value':120,'unit':'mm[Hg]'}},
                          {'code':{'coding':[{'system':'http://loinc.org','code':'8462-4'}]},'valueQuantity':{'value':80,'unit':'mm[Hg]'}}]}
            """);
        using var read = Read(Oru(observation));
        Assert.Equal(("85354-9", "8480-6", "120", "1"), (read.Get("OBR-4.1"), read.Get("OBX[1]-3.1"), read.Get("OBX[1]-5"), read.Get("OBX[1]-4")));
        Assert.Equal(("8462-4", "80", "2", "F", "20261124080000+0800"), (read.Get("OBX[2]-3.1"), read.Get("OBX[2]-5"), read.Get("OBX[2]-4"), read.Get("OBX[2]-11"), read.Get("OBX[2]-14")));
    }

    [Theory]
    [InlineData("planned", "IMP", null, "A05")]
    [InlineData("planned", "AMB", null, "A04")]
    [InlineData("arrived", "EMER", null, "A04")]
    [InlineData("in-progress", "IMP", null, "A01")]
    [InlineData("in-progress", "IMP", "A05", "A01")]
    [InlineData("in-progress", "IMP", "A01", "A08")]
    [InlineData("in-progress", "IMP", "A03", "A13")]
    [InlineData("in-progress", "AMB", null, "A04")]
    [InlineData("finished", "IMP", "A01", "A03")]
    [InlineData("finished", "IMP", "A03", "A08")]
    [InlineData("cancelled", "IMP", "A01", "A11")]
    [InlineData("cancelled", "IMP", "A05", "A38")]
    [InlineData("cancelled", "IMP", null, null)]
    [InlineData("unknown", "AMB", null, "A08")]
    [InlineData("unknown", "AMB", "A04", "A08")]
    public void tell_of_a_visit_what_the_receiver_does_not_know_yet(string status, string visitClass, string? told, string? trigger)
    {
        var encounter = Json($"{{'resourceType':'Encounter','id':'e','status':'{status}','class':{{'code':'{visitClass}'}}}}");
        Assert.Equal(trigger, OutboundTriggers.Of(new OutboundSubject("Encounter", "e", encounter, encounter), told)?.Trigger);
    }

    [Theory]
    [InlineData("DiagnosticReport", "'status':'final'", null, "R01")]
    [InlineData("DiagnosticReport", "'status':'entered-in-error'", null, null)]
    [InlineData("DiagnosticReport", "'status':'entered-in-error'", "R01", "R01")]
    [InlineData("DocumentReference", "'status':'current'", null, "T02")]
    [InlineData("DocumentReference", "'status':'current'", "T02", "T08")]
    [InlineData("DocumentReference", "'status':'superseded'", "T02", "T04")]
    [InlineData("DocumentReference", "'status':'current','relatesTo':[{'code':'appends','target':{}}]", null, "T06")]
    [InlineData("DocumentReference", "'status':'current','relatesTo':[{'code':'replaces','target':{}}]", null, "T10")]
    [InlineData("DocumentReference", "'status':'entered-in-error'", "T02", "T11")]
    [InlineData("DocumentReference", "'status':'entered-in-error'", "T11", null)]
    [InlineData("DocumentReference", "'status':'entered-in-error'", null, null)]
    [InlineData("Patient", "'active':true", null, "A28")]
    [InlineData("Patient", "'active':true", "A28", "A31")]
    [InlineData("Patient", "'active':false,'link':[{'type':'replaced-by','other':{'reference':'Patient/n'}}]", "A28", "A40")]
    [InlineData("Patient", "'active':false,'link':[{'type':'replaced-by','other':{'reference':'Patient/n'}}]", "A40 n", null)]
    [InlineData("Patient", "'active':true", "A40 n", "A31")]
    public void tell_other_changes_by_state_and_by_what_was_told(string type, string members, string? told, string? trigger)
    {
        var resource = Json($"{{'resourceType':'{type}','id':'x',{members}}}");
        Assert.Equal(trigger, OutboundTriggers.Of(new OutboundSubject(type, "x", resource, resource), told)?.Trigger);
    }

    /// <summary>Our own messages to FHIR, to a message, and to FHIR again: element by element what the table of outgoing segments carries.</summary>
    [Theory]
    [InlineData("a01-住院", "Encounter")]
    [InlineData("a03-出院", "Encounter")]
    [InlineData("a28-建档", "Patient")]
    [InlineData("a04-门诊挂号-生僻字", "Patient")]
    [InlineData("r01-血常规", "DiagnosticReport")]
    [InlineData("r01-微生物", "DiagnosticReport")]
    [InlineData("mdm-出院记录", "DocumentReference")]
    public void read_back_give_the_record_again(string file, string type)
    {
        var first = Map(Encoding.UTF8.GetBytes(FuzzSeeds.OwnMessages().Single(message => message.Name == file).Text));
        var main = first.Single(one => one.Key.StartsWith(type + "/", StringComparison.Ordinal));
        JsonElement Of(string kind) => JsonDocument.Parse(first.First(one => one.Key.StartsWith(kind + "/", StringComparison.Ordinal)).Value.ToJsonString()).RootElement;
        IEnumerable<JsonElement> All(string kind) => first.Where(one => one.Key.StartsWith(kind + "/", StringComparison.Ordinal)).Select(one => JsonDocument.Parse(one.Value.ToJsonString()).RootElement);
        var resource = Of(type);
        var subject = new OutboundSubject(type, main.Key.Split('/')[1], resource, Of("Patient"))
        {
            Encounter = first.Any(one => one.Key.StartsWith("Encounter/", StringComparison.Ordinal)) ? Of("Encounter") : null,
            Results = [.. All("Observation")],
            Specimens = [.. All("Specimen")],
            Diagnoses = type == "Encounter" ? [.. All("Condition").Select(condition => (condition, (string?)null))] : [],
        };
        // As the source itself would send: the names of its own numbers read back as its own.
        var names = Names with { Application = "HIS", Authorities = new Dictionary<string, string> { [Mapped.Municipal.InstitutionCode] = "MYCH" } };
        var body = OutboundWriter.Write(new OutboundMessage(subject, OutboundTriggers.Of(subject, null)!, names), Header with { SendingApplication = "HIS", SendingFacility = "MYCH" }, "C9", At);
        var second = Map(body);
        var again = second.Single(one => one.Key.StartsWith(type + "/", StringComparison.Ordinal));
        // The numbers of an order carry their institution now, and a report's id follows from them.
        if (type != "DiagnosticReport") Assert.Equal(main.Key, again.Key);
        Compare(type, main.Value, again.Value);
        Compare("Patient", first.Single(one => one.Key.StartsWith("Patient/", StringComparison.Ordinal)).Value, second.Single(one => one.Key.StartsWith("Patient/", StringComparison.Ordinal)).Value);
        if (type != "DiagnosticReport") return;
        static List<JsonObject> Observations(Dictionary<string, JsonObject> all) => [.. all.Where(one => one.Key.StartsWith("Observation/", StringComparison.Ordinal)).Select(one => one.Value)];
        Assert.NotEmpty(Observations(first));
        Assert.Equal(Observations(first).Count, Observations(second).Count);
        foreach (var (before, after) in Observations(first).Zip(Observations(second))) Compare("Observation", before, after);
    }

    [Fact]
    public void are_written_by_a_table_whose_every_line_is_understood() => Assert.True(OutboundTable.Lines.Count() > 90);

    /// <summary>Elements the table carries, each as it was.</summary>
    private static void Compare(string type, JsonObject before, JsonObject after)
    {
        string[] elements = type switch
        {
            "Patient" => ["name", "birthDate", "gender", "telecom"],
            "Encounter" => ["class", "period"],
            "DiagnosticReport" => ["status", "code", "effectiveDateTime", "issued"],
            "Observation" => ["status", "code", "valueQuantity", "valueString", "effectiveDateTime", "interpretation"],
            _ => ["status", "docStatus", "masterIdentifier", "date"],
        };
        foreach (var element in elements)
            Assert.True(JsonNode.DeepEquals(before[element], after[element]), $"{type}.{element}: {before[element]?.ToJsonString() ?? "-"} became {after[element]?.ToJsonString() ?? "-"}");
    }

    private static Dictionary<string, JsonObject> Map(byte[] bytes)
    {
        using var message = Hl7Message.Read(bytes).Message!;
        var mapped = Assert.IsType<MappingResult.Mapped>(MessageMapper.Map(message, Mapped.Context(Mapped.Municipal)));
        Dictionary<string, JsonObject> all = [];
        foreach (var write in mapped.Writes)
        {
            var stored = MergePatch.Apply(default, write.Json.Span, write.UnionArrays);
            if (!write.Defaults.IsEmpty) stored = MergePatch.AddDefaults(stored, write.Defaults.Span);
            var resource = JsonNode.Parse(stored.AsSpan())!.AsObject();
            resource["id"] = write.Id;
            all[$"{write.ResourceType}/{write.Id}"] = resource;
        }

        return all;
    }

    private static byte[] Adt(JsonElement patient, string trigger) =>
        OutboundWriter.Write(new OutboundMessage(new OutboundSubject("Patient", "p", patient, patient), new OutboundEvent("ADT", trigger, "ADT_A05", ""), Names), Header, "C1", At);

    private static byte[] Oru(JsonElement observation)
    {
        var patient = Json("{'resourceType':'Patient','id':'p'}");
        var subject = new OutboundSubject("Observation", "o", observation, patient) { Results = [observation] };
        return OutboundWriter.Write(new OutboundMessage(subject, new OutboundEvent("ORU", "R01", "ORU_R01", ""), Names), Header, "C1", At);
    }

    private static Hl7Message Read(byte[] bytes) => Hl7Message.Read(bytes).Message!;

    private static string Raw(FieldView field) => Encoding.UTF8.GetString(field.Bytes);

    private static JsonElement Json(string text) => JsonDocument.Parse(text.Replace('\'', '"')).RootElement;
}
