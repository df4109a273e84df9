using Health.UnitTests.Wire;
using System.Buffers;
using Health.Fhir.Wire.Xml;

namespace Health.IntegrationTests.Examples;

public sealed class The_official_examples_in_XML(OfficialExamples examples) : IClassFixture<OfficialExamples>
{
    [Fact]
    public void say_the_same_after_JSON_to_XML_to_JSON_every_one()
    {
        // The archive is a package of npm: its own description is no example.
        var files = examples.Files.Where(file => Path.GetFileName(file) != "package.json").ToList();
        List<string> differences = [];
        foreach (var file in files)
        {
            var json = File.ReadAllBytes(file);
            if (RoundTrip(json) is { } difference) differences.Add($"{Path.GetFileName(file)} {difference}");
        }

        Assert.True(differences.Count == 0, $"{differences.Count} of {files.Count} differ:\n" + string.Join('\n', differences.Take(60)));
    }

    private static string? RoundTrip(byte[] json)
    {
        var xml = new ArrayBufferWriter<byte>();
        try
        {
            JsonToXml.Write(json, xml);
        }
        catch (NoXmlFormException e)
        {
            return e.Message;
        }

        var (back, refusal) = XmlToJson.Convert(xml.WrittenSpan);
        return refusal is not null ? $"{refusal.Diagnostics} ({refusal.Expression})" : SameJson.Difference(json, back);
    }
}
