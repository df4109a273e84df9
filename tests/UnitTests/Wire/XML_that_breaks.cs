using System.Diagnostics;
using System.Text;
using Health.Contracts;
using Health.Fhir.Wire.Xml;

namespace Health.UnitTests.Wire;

public sealed class XML_that_breaks
{
    private const string Open = "<Patient xmlns=\"http://hl7.org/fhir\">", Close = "</Patient>";

    [Theory]
    [InlineData("", "not well-formed")]
    [InlineData("<Patient xmlns=\"http://hl7.org/fhir\">", "not well-formed XML at line 1")]
    [InlineData("<Patient/>", "not in the namespace http://hl7.org/fhir: line 1, position 2")]
    [InlineData("<Patent xmlns=\"http://hl7.org/fhir\"/>", "Patent is no resource type")]
    [InlineData(Open + "\n  <colour value=\"red\"/>" + Close, "Patient has no element colour: line 2, position 4")]
    [InlineData(Open + "<active/>" + Close, "neither value nor extension")]
    [InlineData(Open + "<active value=\"yes\"/>" + Close, "This is no boolean")]
    [InlineData(Open + "<active value=\"true\"/><active value=\"true\"/>" + Close, "occurs more than once")]
    [InlineData(Open + "<name/><active value=\"true\"/><name/>" + Close, "do not stand together")]
    [InlineData(Open + "<gender colour=\"red\" value=\"male\"/>" + Close, "A code has no attribute colour")]
    [InlineData(Open + "<name value=\"Wang\"/>" + Close, "HumanName has no attribute value")]
    [InlineData(Open + "<gender>male</gender>" + Close, "values are in the attribute value")]
    [InlineData(Open + "<gender value=\"male\"><name/></gender>" + Close, "only extensions, not name")]
    [InlineData(Open + "<contained/>" + Close, "A resource is missing here")]
    [InlineData(Open + "<contained><Basic/><Basic/></contained>" + Close, "One resource is enough")]
    [InlineData(Open + "<text><div>x</div></text>" + Close, "A narrative is a div of XHTML")]
    [InlineData(Open + "<multipleBirthInteger value=\"1x\"/>" + Close, "This is no integer")]
    [InlineData(Open + "<active value=\"&nbsp;\"/>" + Close, "not well-formed XML at line 1")]
    [InlineData("<?xml version=\"1.0\" encoding=\"GB18030\"?>" + Open + Close, "another encoding")]
    [InlineData("<!DOCTYPE Patient [<!ENTITY a SYSTEM \"file:///etc/passwd\">]>" + Open + "<language value=\"&a;\"/>" + Close, "document type declaration")]
    [InlineData(Open + Close + Open + Close, "not well-formed")]
    public void is_refused_with_its_line_and_place(string xml, string says)
    {
        var refusal = Refused(xml);
        Assert.Contains(says, refusal.Diagnostics);
        Assert.Equal(400, refusal.Status);
    }

    [Fact]
    public void names_the_element_in_FHIRPath() =>
        Assert.Equal("Patient.contact[1].name.given[1]", Refused(Open + "<contact/><contact><name><given value=\"a\"/><given/></name></contact>" + Close).Expression);

    [Fact]
    public void says_nothing_of_what_a_document_type_holds() =>
        Assert.DoesNotContain("secret", Refused("<!DOCTYPE secret [<!ENTITY secret \"secret\">]>" + Open + Close).Diagnostics);

    [Fact]
    public void of_eight_thousand_levels_costs_nothing()
    {
        var deep = string.Concat(Enumerable.Repeat("<extension url=\"u\">", 8000));
        Assert.Contains("deep", Refused(Open + deep + string.Concat(Enumerable.Repeat("</extension>", 8000)) + Close).Diagnostics);
    }

    [Fact]
    public void of_eight_thousand_levels_of_narrative_costs_nothing()
    {
        var deep = string.Concat(Enumerable.Repeat("<p>", 8000)) + string.Concat(Enumerable.Repeat("</p>", 8000));
        Assert.Equal(400, Refused(Open + "<text><status value=\"generated\"/><div xmlns=\"http://www.w3.org/1999/xhtml\">" + deep + "</div></text>" + Close).Status);
    }

    [Fact]
    public void of_too_many_attributes_or_elements_is_refused()
    {
        Assert.Contains("attributes", Refused("<Patient xmlns=\"http://hl7.org/fhir\" " + string.Join(' ', Enumerable.Range(0, 1000).Select(i => $"a{i}=\"\"")) + "/>").Diagnostics);
        Assert.Equal(413, XmlToJson.Convert(Encoding.UTF8.GetBytes(Open + string.Concat(Enumerable.Repeat("<name/>", 200)) + Close), maxElements: 100).Refusal!.Status);
    }

    [Fact]
    public void of_a_million_digits_is_refused_at_once()
    {
        var clock = Stopwatch.StartNew();
        Assert.Contains("no decimal", Refused("<Observation xmlns=\"http://hl7.org/fhir\"><valueQuantity><value value=\"" + new string('9', 1_000_000) + "\"/></valueQuantity></Observation>").Diagnostics);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(2));
    }

    [Fact]
    public void in_bytes_that_are_no_UTF8_says_at_which_byte() =>
        Assert.Contains("byte 37", XmlToJson.Convert([.. Encoding.UTF8.GetBytes(Open), 0xC3, 0x28]).Refusal!.Diagnostics);

    private static Refusal Refused(string xml)
    {
        var (json, refusal) = XmlToJson.Convert(Encoding.UTF8.GetBytes(xml));
        Assert.Empty(json);
        return Assert.IsType<Refusal>(refusal);
    }
}
