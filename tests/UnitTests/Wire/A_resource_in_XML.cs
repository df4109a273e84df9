using System.Buffers;
using System.Text;
using Health.Fhir.Wire.Xml;

namespace Health.UnitTests.Wire;

public sealed class A_resource_in_XML
{
    private const string Div = "<div xmlns=\"http://www.w3.org/1999/xhtml\"><p class='a'>血压 &#160; <br/>1 &lt; 2</p>\n</div>";

    [Theory]
    [InlineData("""{"resourceType":"Patient","birthDate":"1970-01-01","id":"1"}""", """<Patient xmlns="http://hl7.org/fhir"><id value="1"/><birthDate value="1970-01-01"/></Patient>""")]
    [InlineData("""{"resourceType":"Patient","deceasedBoolean":false}""", """<Patient xmlns="http://hl7.org/fhir"><deceasedBoolean value="false"/></Patient>""")]
    [InlineData("""{"resourceType":"Patient","name":[{"id":"n","given":["a",null],"_given":[null,{"id":"g","extension":[{"url":"u","valueString":"<\"&\t\n"}]}]}]}""",
        """<Patient xmlns="http://hl7.org/fhir"><name id="n"><given value="a"/><given id="g"><extension url="u"><valueString value="&lt;&quot;&amp;&#9;&#10;"/></extension></given></name></Patient>""")]
    [InlineData("""{"resourceType":"Patient","_birthDate":{"extension":[{"url":"u","valueCode":"x"}]}}""", """<Patient xmlns="http://hl7.org/fhir"><birthDate><extension url="u"><valueCode value="x"/></extension></birthDate></Patient>""")]
    [InlineData("""{"resourceType":"Observation","valueQuantity":{"value":1.50e-3}}""", """<Observation xmlns="http://hl7.org/fhir"><valueQuantity><value value="1.50e-3"/></valueQuantity></Observation>""")]
    [InlineData("""{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Basic","contained":[{"resourceType":"Patient","id":"p"}]}}]}""",
        """<Bundle xmlns="http://hl7.org/fhir"><entry><resource><Basic><contained><Patient><id value="p"/></Patient></contained></Basic></resource></entry></Bundle>""")]
    [InlineData("""{"resourceType":"ExampleScenario","instance":[{"resourceId":"i","resourceType":"Patient"}]}""",
        """<ExampleScenario xmlns="http://hl7.org/fhir"><instance><resourceId value="i"/><resourceType value="Patient"/></instance></ExampleScenario>""")]
    public void is_written_in_the_order_of_its_definition_and_read_back(string json, string xml)
    {
        Assert.Equal(xml, Xml(json));
        var (back, refusal) = XmlToJson.Convert(Encoding.UTF8.GetBytes(xml));
        Assert.Null(refusal);
        Assert.Null(SameJson.Difference(Encoding.UTF8.GetBytes(json), back));
    }

    [Fact]
    public void keeps_its_narrative_letter_by_letter()
    {
        var json = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(new { resourceType = "Basic", text = new { status = "generated", div = Div } });
        var xml = Xml(Encoding.UTF8.GetString(json));
        Assert.Contains(Div, xml);
        Assert.Null(SameJson.Difference(json, XmlToJson.Convert(Encoding.UTF8.GetBytes(xml.Replace("><", ">\r\n<").Replace("1999/xhtml\">\r\n<p", "1999/xhtml\"><p"))).Json));
    }

    [Fact]
    public void may_give_its_narrative_a_prefix()
    {
        var xml = """<Basic xmlns="http://hl7.org/fhir" xmlns:h="http://www.w3.org/1999/xhtml"><text><h:div><h:p id="a">x &amp; y<h:br/></h:p></h:div></text><code><text value="c"/></code></Basic>""";
        var json = Encoding.UTF8.GetString(XmlToJson.Convert(Encoding.UTF8.GetBytes(xml)).Json);
        Assert.Equal("""{"resourceType":"Basic","text":{"div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><p id=\"a\">x &amp; y<br /></p></div>"},"code":{"text":"c"}}""", json);
    }

    [Fact]
    public void may_bring_its_elements_in_another_order_and_comments_between_them() =>
        Assert.Equal("""{"resourceType":"Patient","birthDate":"1970","id":"1"}""",
            Encoding.UTF8.GetString(XmlToJson.Convert("""<?xml version="1.0" encoding="UTF-8"?><!-- a --><Patient xmlns="http://hl7.org/fhir"><birthDate value="1970"/><!-- b --><id value="1"/></Patient>"""u8).Json));

    [Theory]
    [InlineData("""{"resourceType":"Patient","colour":"red"}""", "Patient has no element colour", "Patient")]
    [InlineData("""{"resourceType":"Patient","name":[{"family":"a\u0001"}]}""", "control character", "Patient.name.family")]
    [InlineData("""{"resourceType":"Patient","name":{"family":"a"}}""", "no array", "Patient.name")]
    [InlineData("""{"resourceType":"Patient","active":"true"}""", "not written as String", "Patient.active")]
    [InlineData("""{"resourceType":"Patient","text":{"div":"<div><p></div>"}}""", "no well-formed XHTML", "Patient.text.div")]
    [InlineData("""{"resourceType":"Pateint"}""", "no resource type", "")]
    public void that_XML_cannot_say_is_refused_with_the_place(string json, string says, string path)
    {
        var failed = Assert.Throws<NoXmlFormException>(() => Xml(json));
        Assert.Contains(says, failed.Message);
        Assert.Equal(path, failed.Path);
    }

    [Fact]
    public void is_indented_when_it_should_be_read_by_people() =>
        Assert.Equal("<Basic xmlns=\"http://hl7.org/fhir\">\n  <code>\n    <text value=\"a\"/>\n  </code>\n</Basic>", Xml("""{"resourceType":"Basic","code":{"text":"a"}}""", indented: true));

    private static string Xml(string json, bool indented = false)
    {
        var xml = new ArrayBufferWriter<byte>();
        JsonToXml.Write(Encoding.UTF8.GetBytes(json), xml, indented);
        return Encoding.UTF8.GetString(xml.WrittenSpan);
    }
}
