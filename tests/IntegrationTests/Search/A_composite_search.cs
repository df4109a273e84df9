namespace Health.IntegrationTests.Search;

[Collection(SearchTests.Name)]
public sealed class A_composite_search(SearchHost host)
{
    private static string Component(string code, string value) =>
        $"{{'code':{{'coding':[{{'system':'http://loinc.org','code':'{code}'}}]}},'valueQuantity':{{'value':{value},'system':'http://unitsofmeasure.org','code':'mm[Hg]'}}}}";

    private async Task Write()
    {
        if (await host.Find("Observation?_id=cmp-1") != "") return;
        await host.Put("Observation/cmp-1", $"{{'meta':{{'tag':[{{'code':'cmp'}}]}},'status':'final','code':{{'text':'bp'}},'component':[{Component("8480-6", "150")},{Component("8462-4", "80")}]}}");
        await host.Put("Observation/cmp-2", $"{{'meta':{{'tag':[{{'code':'cmp'}}]}},'status':'final','code':{{'text':'bp'}},'component':[{Component("8480-6", "80")},{Component("8462-4", "150")}]}}");
        await host.Put("Observation/cmp-3", $"{{'meta':{{'tag':[{{'code':'cmp'}}]}},'status':'final',{Component("8480-6", "150")[1..^1]}}}");
        await host.Put("Observation/cmp-4", "{'meta':{'tag':[{'code':'cmp'}]},'status':'final','code':{'coding':[{'code':'col'}]},'valueCodeableConcept':{'coding':[{'system':'urn:c','code':'red'}]}}");
        await host.Put("Observation/cmp-5", "{'meta':{'tag':[{'code':'cmp'}]},'status':'final','code':{'coding':[{'code':'col'}]},'valueString':'Reddish, $5'}");
        await host.Put("Observation/cmp-6", "{'meta':{'tag':[{'code':'cmp'}]},'status':'final','code':{'coding':[{'code':'col'}]},'valueDateTime':'2024-05-01'}");
    }

    [Theory]
    [InlineData("component-code-value-quantity=8480-6$150", "1")]
    [InlineData("component-code-value-quantity=http://loinc.org|8480-6$gt100", "1")]
    [InlineData("component-code-value-quantity=8462-4$gt100|http://unitsofmeasure.org|mm[Hg]", "2")]
    [InlineData("component-code-value-quantity=8480-6$gt10|http://unitsofmeasure.org|kPa", "1 2")]
    [InlineData("component-code-value-quantity=8480-6$gt18|http://unitsofmeasure.org|kPa", "1")]
    [InlineData("component-code-value-quantity=8480-6$80,8462-4$80", "1 2")]
    [InlineData("component-code-value-quantity=8480-6$lt1", "")]
    [InlineData("combo-code-value-quantity=8480-6$150", "1 3")]
    [InlineData("code-value-quantity=8480-6$150", "3")]
    [InlineData("code-value-concept=col$urn:c|red", "4")]
    [InlineData("code-value-concept=col$blue", "")]
    [InlineData("combo-code-value-concept=col$red", "4")]
    [InlineData(@"code-value-string=col$reddish\, \$5", "5")]
    [InlineData("code-value-date=col$2024-05", "6")]
    [InlineData("code-value-date=col$lt2024", "")]
    public async Task joins_the_values_of_one_element(string criterion, string expected)
    {
        await Write();
        Assert.Equal(expected, (await host.Find($"Observation?_tag=cmp&{criterion}")).Replace("Observation/cmp-", ""));
    }

    [Fact]
    public async Task joins_a_reference_with_the_kind_of_relation()
    {
        await host.Put("DocumentReference/rel-1", "{'status':'current','content':[{'attachment':{'url':'urn:x'}}],'relatesTo':[{'code':'replaces','target':{'reference':'DocumentReference/rel-a'}},{'code':'signs','target':{'reference':'DocumentReference/rel-b'}}]}");
        Assert.Equal("DocumentReference/rel-1", await host.Find("DocumentReference?relationship=DocumentReference/rel-a$replaces"));
        Assert.Equal("", await host.Find("DocumentReference?relationship=DocumentReference/rel-b$replaces"));
    }

    [Fact]
    public async Task holds_as_of_a_past_moment_too()
    {
        await host.Put("Observation/cmo-1", $"{{'status':'final','code':{{'text':'bp'}},'component':[{Component("8480-6", "151")}]}}");
        var before = await host.Scalar<long>("select max(seq_id) from events.mt_events");
        await host.Put("Observation/cmo-1", $"{{'status':'final','code':{{'text':'bp'}},'component':[{Component("8480-6", "121")}]}}");
        Assert.Equal("Observation/cmo-1", await host.Find($"Observation?_id=cmo-1&component-code-value-quantity=8480-6$151&_asOf={before}"));
        Assert.Equal("", await host.Find("Observation?_id=cmo-1&component-code-value-quantity=8480-6$151"));
    }

    [Theory]
    [InlineData("code-value-quantity=8480-6", "joined by $")]
    [InlineData("code-value-quantity=8480-6$much", "much")]
    [InlineData("code-value-quantity:missing=true", ":missing")]
    public async Task is_refused_when_a_part_is_wrong(string criterion, string expected) => Assert.Contains(expected, await host.Refused($"Observation?{criterion}"));
}
