using Health.IntegrationTests.Platform;
using static Health.IntegrationTests.Outbound.Region;

namespace Health.IntegrationTests.Outbound;

/// <summary>What a hospital is told, from the record to its receiver.</summary>
public sealed class Changes_for_a_hospital(Database database) : IAsyncLifetime
{
    private Region region = null!;

    public async ValueTask InitializeAsync() => region = await Region.Open(database);

    public ValueTask DisposeAsync() => region.DisposeAsync();

    private static string Adt(string trigger, string controlId, string pid3, string name, string pv1 = "", string more = "", string sender = "HIS|MYCH") =>
        $"MSH|^~\\&|{sender}|HIE|MY|20261124090000||ADT^{trigger}|{controlId}|P|2.5.1\rEVN|{trigger}|20261124090000\rPID|1||{pid3}||{name}||19900101|M\r{(pv1.Length == 0 ? "" : $"PV1|{pv1}\r")}{more}";

    [Fact]
    public async Task tell_of_a_person_first_as_new_then_as_changed()
    {
        await region.Send(Adt("A28", "M1", "Z1^^^MYCH^MR~510799199001010018^^^公安^NI", "王小明"));
        await region.UntilAccepted(1);
        await region.Send(Adt("A31", "M2", "Z1^^^MYCH^MR", "王大明"));
        var told = await region.UntilAccepted(2);
        Assert.Equal(["ADT^A28", "ADT^A31"], told.Select(Event));
        Assert.Equal(("王小明", "王大明"), (Field(told[0], "PID-5.1"), Field(told[1], "PID-5.1")));
        Assert.Equal(("Z1", Municipal, "MR"), (Field(told[0], "PID-3[1].1"), Field(told[0], "PID-3[1].4"), Field(told[0], "PID-3[1].5")));
        Assert.Equal(("510799199001010018", "2.16.156.10011.1.3", "NI"), (Field(told[0], "PID-3[2].1"), Field(told[0], "PID-3[2].4.2"), Field(told[0], "PID-3[2].5")));
        Assert.Equal(("19900101", "M", "STXY", "UNICODE UTF-8"), (Field(told[0], "PID-7"), Field(told[0], "PID-8"), Field(told[0], "MSH-6"), Field(told[0], "MSH-18")));
        // Absent in the record, absent here.
        Assert.Equal("", Field(told[0], "PID-11"));
        Assert.Equal(2L, await region.Scalar<long>($"select count(*) from audit.fact where institution = '{County}' and convert_from(body, 'UTF8')::jsonb ->> 'interaction' = 'adapters.outbound'"));
    }

    [Fact]
    public async Task tell_a_visit_by_its_events()
    {
        await region.Send(Adt("A01", "V1", "Z2^^^MYCH^MR", "李四", "1|I|内科^301^2||||D1^张医生||||||||||||V9|||||||||||||||||||||||||20261124080000"));
        await region.UntilAccepted(2);
        await region.Send(Adt("A08", "V2", "Z2^^^MYCH^MR", "李四", "1|I|外科^401^1||||||||||||||||V9"));
        await region.UntilAccepted(3);
        await region.Send(Adt("A03", "V3", "Z2^^^MYCH^MR", "李四", "1|I|||||||||||||||||V9||||||||||||||||||||||||||20261125100000"));
        await region.UntilAccepted(4);
        await region.Send(Adt("A13", "V4", "Z2^^^MYCH^MR", "李四", "1|I|||||||||||||||||V9"));
        var told = await region.UntilAccepted(5);
        Assert.Equal(["ADT^A28", "ADT^A01", "ADT^A08", "ADT^A03", "ADT^A13"], told.Select(Event));
        Assert.Equal(("I", "内科", "301", "2"), (Field(told[1], "PV1-2"), Field(told[1], "PV1-3.1"), Field(told[1], "PV1-3.2"), Field(told[1], "PV1-3.3")));
        Assert.Equal(("D1", "V9", Municipal, "20261124080000+0800"), (Field(told[1], "PV1-7.1"), Field(told[1], "PV1-19.1"), Field(told[1], "PV1-19.4"), Field(told[1], "PV1-44")));
        Assert.Equal(("外科", "20261125100000+0800", ""), (Field(told[2], "PV1-3.1"), Field(told[3], "PV1-45"), Field(told[4], "PV1-45")));
    }

    [Fact]
    public async Task tell_a_merge_as_A40()
    {
        await region.Send(Adt("A28", "G1", "OLD1^^^MYCH^MR", "王小明"));
        await region.Send(Adt("A28", "G2", "NEW1^^^MYCH^MR", "王小明"));
        await region.UntilAccepted(2);
        await region.Send(Adt("A40", "G3", "NEW1^^^MYCH^MR", "王小明", more: "MRG|OLD1^^^MYCH^MR\r"));
        await region.Until("select count(*) from adapters.outbox where trigger_event = 'A40' and state = 'delivered'", 1);
        var merge = (await region.Accepted()).Single(text => Event(text) == "ADT^A40");
        Assert.Equal(("ADT_A39", "NEW1", "OLD1"), (Field(merge, "MSH-9.3"), Field(merge, "PID-3.1"), Field(merge, "MRG-1.1")));
        // Whatever else changes in the Patient that was merged away, the merge is told once.
        await region.UntilQuiet();
        Assert.Single(await region.Accepted(), text => Event(text) == "ADT^A40");
    }

    [Fact]
    public async Task tell_results_with_all_their_values_and_a_correction_again()
    {
        await region.Send(Oru("R1", "F", "11.2", "F"));
        await region.Until("select count(*) from adapters.outbox where message_type = 'ORU' and state = 'delivered'", 1);
        await region.Send(Oru("R2", "C", "12.1", "C"));
        await region.Until("select count(*) from adapters.outbox where message_type = 'ORU' and state = 'delivered'", 2);
        var told = (await region.Accepted()).Where(text => Event(text) == "ORU^R01").ToList();
        Assert.Equal(("11.2", "12.1"), (Field(told[0], "OBX-5"), Field(told[1], "OBX-5")));
        Assert.Equal(("F", "C", "C"), (Field(told[0], "OBR-25"), Field(told[1], "OBR-25"), Field(told[1], "OBX-11")));
        Assert.Equal(("R77", Municipal, "XCG", "血常规"), (Field(told[0], "OBR-3.1"), Field(told[0], "OBR-3.2"), Field(told[0], "OBR-4.1"), Field(told[0], "OBR-4.2")));
        Assert.Equal(("NM", "WBC", "10*9/L", "3.5-9.5", "H"), (Field(told[0], "OBX-2"), Field(told[0], "OBX-3.1"), Field(told[0], "OBX-6.1"), Field(told[0], "OBX-7"), Field(told[0], "OBX-8")));
        Assert.Equal(("CWE", "POS"), (Field(told[0], "OBX[2]-2"), Field(told[0], "OBX[2]-5.1")));
        Assert.Equal("第一行~第二行", Field(told[0], "OBX[3]-5[1]") + "~" + Field(told[0], "OBX[3]-5[2]"));
    }

    [Fact]
    public async Task tell_a_corrected_result_with_its_report_where_only_the_result_changed()
    {
        await Person("lonely");
        await region.Put("Observation/wbc", Observation("final", "7.1"));
        await region.Put("DiagnosticReport/cbc", "{'resourceType':'DiagnosticReport','id':'cbc','status':'final','code':{'text':'CBC'},'subject':{'reference':'Patient/lonely'},'result':[{'reference':'Observation/wbc'}]}");
        await region.Until("select count(*) from adapters.outbox where resource = 'DiagnosticReport/cbc' and state = 'delivered'", 1);
        await region.Put("Observation/wbc", Observation("corrected", "9.9"));
        await region.Until("select count(*) from adapters.outbox where resource = 'DiagnosticReport/cbc' and state = 'delivered'", 2);
        var last = (await region.Accepted())[^1];
        Assert.Equal(("CBC", "9.9", "C"), (Field(last, "OBR-4.2"), Field(last, "OBX-5"), Field(last, "OBX-11")));
        static string Observation(string status, string value) =>
            $"{{'resourceType':'Observation','id':'wbc','status':'{status}','code':{{'text':'WBC'}},'subject':{{'reference':'Patient/lonely'}},'valueQuantity':{{'value':{value},'unit':'10*9/L'}}}}";
    }

    [Fact]
    public async Task tell_a_document_its_replacement_and_its_cancellation()
    {
        await Person("writer");
        var text = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes("出院记录\n好转"));
        await region.Put("DocumentReference/d1", Document("d1", "current", text, ""));
        await region.Put("DocumentReference/d2", Document("d2", "current", "JVBERg==", ",'relatesTo':[{'code':'replaces','target':{'reference':'DocumentReference/d1'}}]", "application/pdf"));
        await region.Put("DocumentReference/d2", Document("d2", "entered-in-error", "JVBERg==", "", "application/pdf"));
        var told = (await region.UntilAccepted(4)).Skip(1).ToList();
        Assert.Equal(["MDM^T02", "MDM^T10", "MDM^T11"], told.Select(Event));
        Assert.Equal(("N-d1", "AV", "DO", "出院记录", "好转"), (Field(told[0], "TXA-12.1"), Field(told[0], "TXA-19"), Field(told[0], "TXA-17"), Field(told[0], "OBX-5[1]"), Field(told[0], "OBX-5[2]")));
        Assert.Equal(("N-d1", "ED", "PDF", "JVBERg=="), (Field(told[1], "TXA-13.1"), Field(told[1], "OBX-2"), Field(told[1], "OBX-5.3"), Field(told[1], "OBX-5.5")));
        Assert.Equal(("CA", ""), (Field(told[2], "TXA-17"), Field(told[2], "OBX-5")));
        static string Document(string id, string status, string data, string more, string type = "text/plain") =>
            $"{{'resourceType':'DocumentReference','id':'{id}','status':'{status}','docStatus':'final','masterIdentifier':{{'system':'urn:health:institution:{Municipal}:document','value':'N-{id}'}},"
            + $"'type':{{'text':'出院小结'}},'subject':{{'reference':'Patient/writer'}},'content':[{{'attachment':{{'contentType':'{type}','data':'{data}'}}}}]{more}}}";
    }

    [Fact]
    public async Task never_come_back_to_the_hospital_that_made_them()
    {
        await region.Send(Adt("A28", "E1", "C1^^^STXY^MR", "赵六", sender: "HIS|STXY"));
        await region.Put("Patient/of-county", "{'resourceType':'Patient','id':'of-county','name':[{'text':'孙七'}]}", County);
        await region.UntilQuiet();
        var told = await region.Accepted();
        Assert.Single(told);
        Assert.DoesNotContain(told, text => text.Contains("赵六", StringComparison.Ordinal) || text.Contains("孙七", StringComparison.Ordinal));
    }

    [Fact]
    public async Task carry_the_number_the_receiver_itself_gave_the_person_first()
    {
        await region.Send(Adt("A28", "N1", "C9^^^STXY^MR~510799199001010018^^^公安^NI", "王小明", sender: "HIS|STXY"));
        await region.Until("select count(*) from adapters.inbox where state = 'done'", 1);
        await region.Send(Adt("A28", "N2", "Z9^^^MYCH^MR~510799199001010018^^^公安^NI", "王小明"));
        var told = await region.UntilAccepted(1);
        Assert.Equal(("C9", County, "Z9", Municipal), (Field(told[0], "PID-3[1].1"), Field(told[0], "PID-3[1].4"), Field(told[0], "PID-3[2].1"), Field(told[0], "PID-3[2].4")));
    }

    private async Task Person(string id)
    {
        await region.Put($"Patient/{id}", $"{{'resourceType':'Patient','id':'{id}','identifier':[{{'system':'urn:health:institution:{Municipal}:patient','value':'{id}'}}],'name':[{{'text':'周八'}}]}}");
        await region.Until($"select count(*) from adapters.outbox where resource = 'Patient/{id}' and state = 'delivered'", 1);
    }

    private static string Oru(string controlId, string status, string value, string resultStatus) =>
        $"MSH|^~\\&|HIS|MYCH|HIE|MY|20261124090000||ORU^R01|{controlId}|P|2.5.1\rPID|1||Z5^^^MYCH^MR||吴九\rORC|RE|A77|R77\rOBR|1|A77|R77|XCG^血常规^L|||20261124080000|||||||||||||||20261124083000||HM|{status}\r"
        + $"OBX|1|NM|WBC^白细胞^L||{value}|10*9/L|3.5-9.5|H|||{resultStatus}\rOBX|2|CWE|HBS^表面抗原^L||POS^阳性||||||{resultStatus}\rOBX|3|TX|SM^说明^L||第一行~第二行||||||{resultStatus}\r";
}
