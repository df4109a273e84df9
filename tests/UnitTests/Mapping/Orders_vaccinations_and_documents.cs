namespace Health.UnitTests.Mapping;

public sealed class Orders_vaccinations_and_documents
{
    private static Mapped Of(string type, string segments) =>
        Mapped.Of($"MSH|^~\\&|HIS|MYCH|HEALTH|MY|20261124081500||{type}|C1|P|2.5.1\nPID|1||Z1^^^MYCH^PI||张三\n{segments}");

    [Fact]
    public void An_order_becomes_a_service_request_known_by_its_placer_number()
    {
        const string obr = "OBR|1|A1^HIS||CT01^胸部CT^L|R\n";
        var placed = Of("OML^O21", "ORC|NW|A1^HIS|||||||20261124080000|||D1^王演示\n" + obr);
        Assert.Equal("active", placed.Json("ServiceRequest").GetProperty("status").GetString());
        Assert.Equal("routine", placed.Json("ServiceRequest").GetProperty("priority").GetString());
        Assert.Equal("2026-11-24T08:00:00+08:00", placed.Json("ServiceRequest").GetProperty("authoredOn").GetString());
        Assert.Equal("王演示", placed.Json("ServiceRequest").GetProperty("requester").GetProperty("display").GetString());
        var cancelled = Of("OML^O21", "ORC|CA|A1^HIS\n" + obr);
        Assert.Equal("revoked", cancelled.Json("ServiceRequest").GetProperty("status").GetString());
        Assert.Equal(placed.Write("ServiceRequest").Id, cancelled.Write("ServiceRequest").Id);
    }

    [Fact]
    public void A_vaccination_becomes_an_immunization()
    {
        var mapped = Of("VXU^V04", "ORC|RE||I1\nRXA|0|1|20261124|20261124|08^乙肝疫苗^CVX|0.5|mL^毫升^UCUM||||||||B77|20280101|^^\nRXR|IM|LA\n");
        var json = mapped.Json("Immunization");
        Assert.Equal(("completed", "2026-11-24", "B77", "2028-01-01"), (json.GetProperty("status").GetString(), json.GetProperty("occurrenceDateTime").GetString(), json.GetProperty("lotNumber").GetString(), json.GetProperty("expirationDate").GetString()));
        Assert.Equal("http://hl7.org/fhir/sid/cvx", json.GetProperty("vaccineCode").GetProperty("coding")[0].GetProperty("system").GetString());
        Assert.Equal("""{"value":0.5,"unit":"毫升","system":"http://unitsofmeasure.org","code":"mL"}""", json.GetProperty("doseQuantity").GetRawText());
    }

    [Fact]
    public void A_document_becomes_a_reference_with_its_text_inside()
    {
        var mapped = Of("MDM^T02", "TXA|1|DS^出院记录^L|TX||||||D1^王演示|||DOC1^HIS|||||AU\nOBX|1|TX|||第一行\nOBX|2|TX|||第二行\n");
        var json = mapped.Json("DocumentReference");
        Assert.Equal("final", json.GetProperty("docStatus").GetString());
        var attachment = json.GetProperty("content")[0].GetProperty("attachment");
        Assert.Equal("第一行\n第二行", System.Text.Encoding.UTF8.GetString(attachment.GetProperty("data").GetBytesFromBase64()));
        Assert.Contains("data-absent-reason", Of("MDM^T01", "TXA|1|DS|TX|||||||||DOC1^HIS\n").Defaults("DocumentReference"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ORG^O20", "ORC|NW|A1\nRXE|1|X\n", "ORC,RXE")]
    [InlineData("RSP^K22", "SCH|1\n", "SCH")]
    public void What_has_no_mapping_yet_still_brings_its_patient_and_is_reported(string type, string segments, string unmapped)
    {
        var mapped = Of(type, segments);
        Assert.Single(mapped.Success.Writes);
        Assert.Equal(unmapped, string.Join(',', mapped.Unmapped));
    }
}
