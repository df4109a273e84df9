using System.Net;
using System.Text.Json;
using Health.IntegrationTests.Platform;

namespace Health.IntegrationTests.Operations;

[Collection(OperationTests.Name)]
public sealed class A_document(OperationHost host)
{
    private async Task Write()
    {
        await host.It.Put("Patient/doc", "{'gender':'female'}");
        await host.It.Put("Observation/doc-value", "{'status':'final','code':{'text':'x'},'subject':{'reference':'Patient/doc'}}");
        await host.It.Put("DiagnosticReport/doc-report", "{'status':'final','code':{'text':'x'},'subject':{'reference':'Patient/doc'},'result':[{'reference':'Observation/doc-value'}]}");
        await host.It.Put("Composition/doc",
            "{'status':'final','type':{'text':'discharge'},'subject':{'reference':'Patient/doc'},'date':'2026-01-01','author':[{'reference':'Patient/doc'}],'title':'t','section':[{'title':'r','entry':[{'reference':'DiagnosticReport/doc-report'},{'reference':'Observation/not-there'}]}]}");
    }

    [Fact]
    public async Task begins_with_its_Composition_and_holds_what_that_leads_to()
    {
        await Write();
        var bundle = await host.It.Get("Composition/doc/$document");
        Assert.Equal("document", bundle.GetProperty("type").GetString());
        Assert.StartsWith("urn:uuid:", bundle.GetProperty("identifier").GetProperty("value").GetString(), StringComparison.Ordinal);
        Assert.Equal(["Composition", "DiagnosticReport", "Observation", "Patient"], bundle.GetProperty("entry").EnumerateArray().Select(entry => entry.GetProperty("resource").GetProperty("resourceType").GetString()).Order(StringComparer.Ordinal));
        Assert.Equal("Composition", bundle.GetProperty("entry")[0].GetProperty("resource").GetProperty("resourceType").GetString());
    }

    [Fact]
    public async Task is_stored_when_that_is_asked_for()
    {
        await Write();
        var bundle = await host.It.Get("Composition/doc/$document?persist=true");
        var stored = await host.It.Get($"Bundle/{bundle.GetProperty("id").GetString()}");
        Assert.Equal(bundle.GetProperty("entry").GetArrayLength(), stored.GetProperty("entry").GetArrayLength());
        using var odd = await host.It.Http.GetAsync("/fhir/Composition/doc/$document?persist=perhaps");
        Assert.Equal(HttpStatusCode.BadRequest, odd.StatusCode);
        using var hidden = await host.It.AsCentre.GetAsync("/fhir/Composition/doc/$document");
        Assert.Equal(HttpStatusCode.NotFound, hidden.StatusCode);
    }

    [Fact]
    public async Task as_a_summary_has_a_section_per_kind_with_safe_text_and_says_what_is_empty()
    {
        await host.It.Put("Patient/sum", "{'gender':'female'}");
        await host.It.Put("Condition/sum-1", "{'subject':{'reference':'Patient/sum'},'code':{'text':'<script>alert(1)</script> 高血压'},'onsetDateTime':'2020-01-01'}");
        await host.It.Put("Condition/sum-wrong", "{'subject':{'reference':'Patient/sum'},'code':{'text':'mistake'},'verificationStatus':{'coding':[{'system':'http://terminology.hl7.org/CodeSystem/condition-ver-status','code':'entered-in-error'}]}}");
        await host.It.Put("Observation/sum-1", "{'status':'final','subject':{'reference':'Patient/sum'},'code':{'coding':[{'code':'718-7','display':'Hb'}]},'effectiveDateTime':'2026-01-01'}");
        var bundle = await host.It.Get("Patient/sum/$summary");
        var composition = bundle.GetProperty("entry")[0].GetProperty("resource");
        var sections = composition.GetProperty("section").EnumerateArray().ToDictionary(section => section.GetProperty("code").GetProperty("coding")[0].GetProperty("code").GetString()!);
        Assert.Equal(["10160-0", "11369-6", "11450-4", "30954-2", "47519-4", "48765-2"], sections.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("Condition/sum-1", Assert.Single(sections["11450-4"].GetProperty("entry").EnumerateArray()).GetProperty("reference").GetString());
        Assert.Equal("unavailable", sections["48765-2"].GetProperty("emptyReason").GetProperty("coding")[0].GetProperty("code").GetString());
        var text = sections["11450-4"].GetProperty("text").GetProperty("div").GetString()!;
        Assert.Contains("&lt;script&gt;", text);
        Assert.DoesNotContain("<script>", text);
        // The server's own check of narrative finds nothing to refuse in it.
        using var taken = await host.It.Http.PostAsync("/fhir/Composition", RestartableHost.Body(composition.GetRawText()));
        Assert.True(taken.StatusCode == HttpStatusCode.Created, await taken.Content.ReadAsStringAsync());
        Assert.Contains("sum-1", bundle.GetProperty("entry").EnumerateArray().Select(entry => entry.GetProperty("resource")).Where(r => r.GetProperty("resourceType").GetString() == "Observation").Select(r => r.GetProperty("id").GetString()));
    }
}
