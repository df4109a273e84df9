namespace Health.IntegrationTests.Search;

[Collection(SearchTests.Name)]
public sealed class A_search_for_words(SearchHost host)
{
    private async Task Write()
    {
        if (await host.Find("DiagnosticReport?_id=wrd-1") != "") return;
        await host.Put("DiagnosticReport/wrd-1", "{'meta':{'tag':[{'code':'wrd'}]},'text':{'status':'generated','div':'<div xmlns=\\\"http://www.w3.org/1999/xhtml\\\"><p>右肺上叶结节，考虑<b>早期</b> carcinoma &amp; more</p></div>'},'status':'final','code':{'text':'CT'},'conclusion':'建议三个月复查 follow-up'}");
        await host.Put("DiagnosticReport/wrd-2", "{'meta':{'tag':[{'code':'wrd'}]},'text':{'status':'generated','div':'<div xmlns=\\\"http://www.w3.org/1999/xhtml\\\">左肺未见结节</div>'},'status':'final','code':{'text':'CT'}}");
    }

    [Theory]
    [InlineData("_text=结节", "1 2")]
    [InlineData("_text=肺上叶", "1")]
    [InlineData("_text=上肺", "")]
    [InlineData("_text=肺", "1 2")]
    [InlineData("_text=CARCINOMA", "1")]
    [InlineData("_text=carcino", "")]
    [InlineData("_text=右肺 carcinoma", "1")]
    [InlineData("_text=左肺,早期", "1 2")]
    [InlineData("_text=复查", "")]
    [InlineData("_content=复查", "1")]
    [InlineData("_content=follow up", "1")]
    [InlineData("_content=xhtml", "")]
    [InlineData("_text=div", "")]
    public async Task finds_Chinese_by_any_part_and_other_writing_by_whole_words(string criterion, string expected)
    {
        await Write();
        Assert.Equal(expected, (await host.Find($"DiagnosticReport?_tag=wrd&{criterion}")).Replace("DiagnosticReport/wrd-", ""));
    }

    [Theory]
    [InlineData("Observation?_content=x", "DiagnosticReport")]
    [InlineData("DiagnosticReport?_text=，。", "one to 64 words")]
    public async Task is_refused_where_words_are_not_indexed_or_none_are_asked_for(string query, string expected) => Assert.Contains(expected, await host.Refused(query));
}
