using Health.Adapters.Sources;
using Health.IntegrationTests.Platform;
using Npgsql;

namespace Health.IntegrationTests.SqlView;

public sealed class A_row_that_is_gone(Database database)
{
    [Fact]
    public async Task waits_for_a_person_and_changes_no_record()
    {
        await using var hospital = await PulledHospital.Start(database);
        await Admit(hospital, 3);
        Assert.Equal(0, await hospital.Reconcile());
        await PulledHospital.Execute(hospital.His, "delete from his.admission where visit_no = 'V2'");
        Assert.Equal(1, await hospital.Reconcile());
        Assert.Equal(0, await hospital.Reconcile());
        await hospital.Settled();
        Assert.Equal("201 MSH-9.2", await hospital.Scalar("select err_code || ' ' || path from adapters.quarantine"));
        Assert.Equal("ADT^A23", await hospital.Scalar("select message_type || '^' || trigger_event from adapters.inbox where state = 'quarantined'"));
        Assert.Equal("in-progress", (await hospital.Encounter("V2"))!.Value.GetProperty("status").GetString());
    }

    [Fact]
    public async Task cancels_the_visit_where_the_profile_says_so_and_deletes_nothing()
    {
        await using var hospital = await PulledHospital.Start(database, adjust: settings => settings with { GoneRows = "cancel" });
        await Admit(hospital, 2);
        await PulledHospital.Execute(hospital.His, "delete from his.admission where visit_no = 'V1'");
        Assert.Equal(1, await hospital.Reconcile());
        await hospital.Settled();
        Assert.Equal("cancelled", (await hospital.Encounter("V1"))!.Value.GetProperty("status").GetString());
        Assert.Equal("in-progress", (await hospital.Encounter("V2"))!.Value.GetProperty("status").GetString());
    }

    [Fact]
    public async Task after_a_crash_is_told_once()
    {
        await using var hospital = await PulledHospital.Start(database);
        await Admit(hospital, 1);
        await PulledHospital.Execute(hospital.His, "delete from his.admission");
        Assert.Equal(1, await hospital.Reconcile());
        await hospital.Scalar("update adapters.sql_view_key set gone_at = null");
        Assert.Equal(1, await hospital.Reconcile());
        Assert.Equal(2, await hospital.Count());
    }

    [Fact]
    public async Task among_many_at_once_is_the_view_that_changed_and_nothing_happens()
    {
        await using var hospital = await PulledHospital.Start(database);
        await Admit(hospital, 25);
        await PulledHospital.Execute(hospital.His, "delete from his.admission where visit_no <> 'V1'");
        Assert.Equal(0, await hospital.Reconcile());
        Assert.Equal(25, await hospital.Count());
    }

    [Fact]
    public async Task and_every_other_is_found_through_a_plug_in_too()
    {
        await using var hospital = await PulledHospital.Start(
            database, adjust: settings => settings with { Provider = "plugin", Plugin = new SqlPlugin(typeof(NpgsqlFactory).Assembly.Location, "Npgsql.NpgsqlFactory", "postgresql") });
        await Admit(hospital, 2);
        await PulledHospital.Execute(hospital.His, "delete from his.admission where visit_no = 'V1'");
        Assert.Equal(1, await hospital.Reconcile());
        await hospital.Settled();
        Assert.Equal(2, await hospital.Count("state = 'done'"));
    }

    private static async Task Admit(PulledHospital hospital, int count)
    {
        for (var i = 1; i <= count; i++) await hospital.Admit($"V{i}", $"R{i}", "李秀英");
        Assert.Equal(count, await hospital.Poll());
        await hospital.Settled();
    }
}
