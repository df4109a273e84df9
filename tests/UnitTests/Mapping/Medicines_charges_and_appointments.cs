using Health.Contracts;

namespace Health.UnitTests.Mapping;

public sealed class Medicines_charges_and_appointments
{
    [Theory]
    [InlineData("RDE^O11")]
    [InlineData("RDE^O25")]
    public void A_prescription_becomes_a_request_per_medicine(string type)
    {
        var json = Of(type, "ORC|NW|RX1^HIS|||||||20261124083000|||D1^王^演示\nRXE||AMX^阿莫西林胶囊^L|0.5||g^克^UCUM||饭后服用|||24|粒\nTQ1|1||TID^每日三次||||20261124|20261130\nRXR|PO^口服^HL70162\n").Json("MedicationRequest");
        Assert.Equal(("active", "order"), (json.GetProperty("status").GetString(), json.GetProperty("intent").GetString()));
        Assert.Equal("AMX", json.GetProperty("medicationCodeableConcept").GetProperty("coding")[0].GetProperty("code").GetString());
        var dosage = json.GetProperty("dosageInstruction")[0];
        Assert.Equal("""{"value":0.5,"unit":"克","system":"http://unitsofmeasure.org","code":"g"}""", dosage.GetProperty("doseAndRate")[0].GetProperty("doseQuantity").GetRawText());
        Assert.Equal("PO", dosage.GetProperty("route").GetProperty("coding")[0].GetProperty("code").GetString());
        Assert.Equal("TID", dosage.GetProperty("timing").GetProperty("code").GetProperty("coding")[0].GetProperty("code").GetString());
        Assert.Equal("2026-11-30", dosage.GetProperty("timing").GetProperty("repeat").GetProperty("boundsPeriod").GetProperty("end").GetString());
        Assert.Equal("""{"value":24,"unit":"粒"}""", json.GetProperty("dispenseRequest").GetProperty("quantity").GetRawText());
        Assert.Equal("2026-11-24T08:30:00+08:00", json.GetProperty("authoredOn").GetString());
    }

    [Fact]
    public void A_decoction_is_one_request_whose_herbs_are_its_ingredients()
    {
        var mapped = Of("OMP^O09", "ORC|NW|RX2\nRXO|MHT^麻黄汤^L\nRXC|B|MH^麻黄^L|9|g\nRXC|B|GZ^桂枝^L|6|g\nRXC|B||5|g\n");
        var json = mapped.Json("MedicationRequest");
        Assert.Equal("#medicine", json.GetProperty("medicationReference").GetProperty("reference").GetString());
        var medicine = json.GetProperty("contained")[0];
        Assert.Equal(("Medication", "MHT"), (medicine.GetProperty("resourceType").GetString(), medicine.GetProperty("code").GetProperty("coding")[0].GetProperty("code").GetString()));
        Assert.Equal(["麻黄", "桂枝"], medicine.GetProperty("ingredient").EnumerateArray().Select(herb => herb.GetProperty("itemCodeableConcept").GetProperty("text").GetString()));
        Assert.Equal("9", medicine.GetProperty("ingredient")[0].GetProperty("strength").GetProperty("numerator").GetProperty("value").GetRawText());
        Assert.Equal(["RXC[3]"], mapped.Unmapped);
    }

    [Theory]
    [InlineData("NW", "", "active")]
    [InlineData("CA", "", "cancelled")]
    [InlineData("DC", "", "stopped")]
    [InlineData("SC", "CM", "completed")]
    public void A_request_follows_the_control_of_its_order(string control, string status, string expected) =>
        Assert.Equal(expected, Of("RDE^O11", $"ORC|{control}|RX1|||{status}\nRXE||A\n").Json("MedicationRequest").GetProperty("status").GetString());

    [Fact]
    public void What_was_dispensed_and_what_was_given_are_records_of_their_own()
    {
        var dispensed = Of("RDS^O13", "ORC|RE|RX1\nRXD|1|AMX^阿莫西林^L|20261124093000|24|粒||P1|||D9^药师\n").Json("MedicationDispense");
        Assert.Equal(("completed", "2026-11-24T09:30:00+08:00"), (dispensed.GetProperty("status").GetString(), dispensed.GetProperty("whenHandedOver").GetString()));
        var given = Of("RAS^O17", "ORC|RE|RX1\nRXA|0|1|20261124100000|20261124103000|QMS^青霉素^L|80|万U|||N1^护士||||||||||PA\n").Json("MedicationAdministration");
        Assert.Equal(("stopped", "2026-11-24T10:30:00+08:00"), (given.GetProperty("status").GetString(), given.GetProperty("effectivePeriod").GetProperty("end").GetString()));
    }

    [Fact]
    public void A_charge_keeps_its_amount_digit_for_digit()
    {
        var json = Of("DFT^P03", "FT1|1|T1||20261124|20261124|CG|CT01^CT平扫^L|||2||120.50&CNY\n").Json("ChargeItem");
        Assert.Equal("billable", json.GetProperty("status").GetString());
        Assert.Equal("""{"value":120.50,"currency":"CNY"}""", json.GetProperty("priceOverride").GetRawText());
        Assert.Equal("2", json.GetProperty("quantity").GetProperty("value").GetRawText());
    }

    [Theory]
    [InlineData("S12", "20261125090000", "Booked", "booked")]
    [InlineData("S15", "20261125090000", "Booked", "cancelled")]
    [InlineData("S17", "20261125090000", "", "entered-in-error")]
    [InlineData("S26", "20261125090000", "", "noshow")]
    [InlineData("S12", "", "Booked", "proposed")]
    public void An_appointment_is_what_its_trigger_says(string trigger, string start, string filler, string expected)
    {
        var sch = Mapped.F((1, "AP1^HIS"), (2, "AP1^RIS"), (9, "30"), (10, "min"), (11, $"^^^{start}"), (25, filler.Length == 0 ? "x" : filler));
        var json = Of($"SIU^{trigger}", $"SCH|{sch}\nRGS|1\nAIS|1||US^超声^L\nAIL|1||US1^^^MYCH\nAIP|1||D1^王演示\n").Json("Appointment");
        Assert.Equal(expected, json.GetProperty("status").GetString());
        Assert.Equal(3, json.GetProperty("participant").GetArrayLength());
        if (start.Length > 0) Assert.Equal("2026-11-25T09:30:00+08:00", json.GetProperty("end").GetString());
        else Assert.False(json.TryGetProperty("start", out _));
    }

    [Theory]
    [InlineData("PC1", "", "active", null)]
    [InlineData("PC2", "20261120", "resolved", null)]
    [InlineData("PC3", "", null, "entered-in-error")]
    public void A_problem_is_active_until_it_ends_or_was_a_mistake(string trigger, string ended, string? clinical, string? verification)
    {
        var json = Of($"PPR^{trigger}", $"PRB|AD|20261124|I10^高血压^I10|PB1^HIS|||20260101||{ended}\n").Json("Condition");
        Assert.Equal(clinical, Code(json, "clinicalStatus"));
        Assert.Equal(verification, Code(json, "verificationStatus"));
    }

    [Fact]
    public void A_referral_says_who_refers_and_to_whom()
    {
        var json = Of("REF^I12", "RF1|A^接收|S|心内科^心内科||||20261124|20261224\nPRD|RP|王^演示|||||D1\nPRD|RT|李^接诊|||||D2\n").Json("ServiceRequest");
        Assert.Equal(("active", "stat"), (json.GetProperty("status").GetString(), json.GetProperty("priority").GetString()));
        Assert.Equal(("王演示", "李接诊"), (json.GetProperty("requester").GetProperty("display").GetString(), json.GetProperty("performer")[0].GetProperty("display").GetString()));
    }

    [Theory]
    [InlineData("T01", "AU", "current", "final")]
    [InlineData("T11", "AU", "entered-in-error", "final")]
    [InlineData("T03", "DI", "current", "preliminary")]
    public void A_document_follows_its_notification(string trigger, string completion, string status, string docStatus)
    {
        var json = Of($"MDM^{trigger}", $"TXA|1|DS^出院记录^L|TX|||||||||DOC1^HIS|||||{completion}\n").Json("DocumentReference");
        Assert.Equal((status, docStatus), (json.GetProperty("status").GetString(), json.GetProperty("docStatus").GetString()));
    }

    [Theory]
    [InlineData("T06", "appends")]
    [InlineData("T10", "replaces")]
    public void A_later_document_names_the_one_before(string trigger, string code)
    {
        var relation = Of($"MDM^{trigger}", "TXA|1|DS|TX|||||||||DOC2^HIS|DOC1^HIS||||AU\nOBX|1|TX|||补充\n").Json("DocumentReference").GetProperty("relatesTo")[0];
        Assert.Equal((code, "DOC1"), (relation.GetProperty("code").GetString(), relation.GetProperty("target").GetProperty("identifier").GetProperty("value").GetString()));
    }

    [Fact]
    public void A_general_order_becomes_a_service_request() =>
        Assert.Equal("active", Of("OMG^O19", "ORC|NW|A1\nOBR|1|A1||CT^头部CT^L\n").Json("ServiceRequest").GetProperty("status").GetString());

    private static string? Code(System.Text.Json.JsonElement json, string element) =>
        json.TryGetProperty(element, out var concept) && concept.ValueKind == System.Text.Json.JsonValueKind.Object ? concept.GetProperty("coding")[0].GetProperty("code").GetString() : null;

    private static Mapped Of(string type, string segments) =>
        Mapped.Of($"MSH|^~\\&|HIS|MYCH|HEALTH|MY|20261124081500||{type}|C3|P|2.5.1\nPID|1||Z1^^^MYCH^PI||张三\nPV1|1|O|||||||||||||||||V1\n{segments}");
}
