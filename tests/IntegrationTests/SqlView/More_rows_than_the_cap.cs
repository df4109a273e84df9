using Health.IntegrationTests.Platform;

namespace Health.IntegrationTests.SqlView;

public sealed class More_rows_than_the_cap(Database database)
{
    [Fact]
    public async Task are_read_page_by_page_in_the_order_of_their_changes()
    {
        await using var hospital = await PulledHospital.Start(database, rowCap: 3);
        for (var i = 1; i <= 10; i++) await hospital.Admit($"V{i}", $"R{i}", "李秀英");
        Assert.Equal(10, await hospital.Poll());
        Assert.Equal(0, await hospital.Poll());
        await hospital.Settled();
        Assert.Equal(10, await hospital.Count("state = 'done'"));
        Assert.Equal("1,2,3,4,5,6,7,8,9,10", await hospital.Scalar("select string_agg(split_part(control_id, '-', 1), ',' order by position) from adapters.inbox"));
    }

    [Fact]
    public async Task of_one_statement_with_one_time_of_change_are_all_read()
    {
        await using var hospital = await PulledHospital.Start(database, rowCap: 3);
        await PulledHospital.Execute(hospital.His, "drop trigger admission_touch on his.admission");
        await PulledHospital.Execute(hospital.His, "insert into his.admission (updated_at, visit_no, record_no, name) select timestamptz '2026-11-24 08:00:00+08', 'V' || i, 'R' || i, '同时' from generate_series(1, 8) as i");
        Assert.Equal(8, await hospital.Poll());
        Assert.Equal(0, await hospital.Poll());
    }
}
