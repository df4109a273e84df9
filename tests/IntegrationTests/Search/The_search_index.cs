using Health.Contracts;
using Health.Fhir.Search;
using Health.Fhir.Search.Rebuild;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Health.IntegrationTests.Search;

[Collection(SearchTests.Name)]
public sealed class The_search_index(SearchHost host)
{
    private SearchRebuild Rebuild => host.Host.Services.GetRequiredService<SearchRebuild>();

    [Fact]
    public async Task rebuilt_from_the_first_event_has_the_digest_of_the_live_one_and_takes_its_place()
    {
        await host.Put("Patient/reb-1", "{'identifier':[{'system':'urn:reb','value':'1'}],'name':[{'text':'Rebuilt'}],'birthDate':'1990-01-01'}");
        await host.Put("Patient/reb-1", "{'identifier':[{'system':'urn:reb','value':'1'}],'name':[{'text':'Rebuilt again'}],'birthDate':'1990-01-01'}");
        await host.Put("Organization/reb-2", "{'name':'Rebuilt clinic'}");
        using (await host.Http.DeleteAsync("/fhir/Organization/reb-2")) { }
        List<RebuildProgress> steps = [];
        var report = await Rebuild.Run(steps.Add, default);
        Assert.True(report.IsEqual, string.Join(' ', report.Different));
        Assert.NotEqual(0, report.LiveDigest);
        Assert.Contains(steps, step => step.Phase == "replay" && step.Done == report.Horizon);
        Assert.Equal("Patient/reb-1", await host.Find("Patient?identifier=urn:reb|1"));
        await host.Put("Organization/reb-3", "{'name':'Rebuilt clinic'}");
        Assert.Equal("Organization/reb-3", await host.Find("Organization?name=Rebuilt clinic"));
        Assert.True((await Rebuild.Run(null, default)).IsEqual);
    }

    [Fact]
    public async Task with_an_altered_row_has_another_digest_is_kept_and_replaced_when_told_so()
    {
        await host.Put("Organization/tmp-1", "{'name':'Tampered clinic'}");
        await host.Execute("update fhir.search_string s set value = 'hidden' from fhir.resource r where r.rid = s.rid and r.id = 'tmp-1'");
        Assert.Equal("", await host.Find("Organization?name=Tampered"));
        var report = await Rebuild.Run(null, default);
        Assert.Equal(("search_string", false), (Assert.Single(report.Different), report.IsSwapped));
        Assert.Equal("", await host.Find("Organization?name=Tampered"));
        Assert.True((await Rebuild.Run(null, replaceDifferent: true, default)).IsSwapped);
        Assert.Equal("Organization/tmp-1", await host.Find("Organization?name=Tampered"));
        Assert.True((await Rebuild.Run(null, default)).IsEqual);
    }

    [Fact]
    public async Task holds_names_and_numbers_in_clear_in_no_table_but_the_index_of_names()
    {
        const string name = "独孤不败九";
        var number = "51079919750505123" + ResidentIdNumber.CheckCharacter("51079919750505123");
        await host.Put("Patient/clr-1", $"{{'identifier':[{{'system':'{IdentifierSystems.ResidentId}','value':'{number}'}}],'name':[{{'text':'{name}'}}],'gender':'male','birthDate':'1975-05-05'}}");
        await host.Put("Patient/clr-1", $"{{'identifier':[{{'system':'{IdentifierSystems.ResidentId}','value':'{number}'}}],'name':[{{'text':'{name}'}}],'gender':'male','birthDate':'1975-05-05','active':true}}");
        await host.Put("Observation/clr-2", $"{{'status':'final','code':{{'text':'x'}},'subject':{{'reference':'Patient/clr-1','display':'{name}','identifier':{{'system':'{IdentifierSystems.ResidentId}','value':'{number}'}}}}}}");
        Assert.Equal("Patient/clr-1", await host.Find($"Patient?name={name}"));
        Assert.Equal("Patient/clr-1", await host.Find($"Patient?identifier={number}"));
        Assert.Equal("search_string search_string_past", await TablesWith(name));
        Assert.Equal("", await TablesWith(number));

        await using var source = NpgsqlDataSource.Create(host.Host.ConnectionString);
        await using var connection = await source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        var resident = await host.Host.Services.GetRequiredService<IResidentIndex>().ResidentOf("clr-1", default);
        await SearchIndex.PurgeResident(connection, transaction, resident!, default);
        await transaction.CommitAsync();
        Assert.Equal("", await TablesWith(name));
        Assert.Equal("", await host.Find($"Patient?identifier={number}"));
        Assert.True((await Rebuild.Run(null, default)).IsEqual);
        Assert.Equal("", await TablesWith(name));
    }

    private async Task<string> TablesWith(string text)
    {
        var tables = (await host.Scalar<string>("select string_agg(schemaname || '.' || tablename, ' ' order by tablename) from pg_tables where schemaname not in ('pg_catalog', 'information_schema')")).Split(' ');
        List<string> found = [];
        foreach (var table in tables)
            if (await host.Scalar<long>($"select count(*) from {table} t where t::text like '%{text}%' or t::text like '%' || encode(convert_to('{text}', 'UTF8'), 'hex') || '%'") > 0) found.Add(table.Split('.')[1]);
        return string.Join(' ', found);
    }
}
