using Health.Adapters.Sources;
using Health.Contracts;
using Health.IntegrationTests.Platform;
using Npgsql;

namespace Health.IntegrationTests.SqlView;

public sealed class A_row_of_the_view(Database database) : IAsyncLifetime
{
    private PulledHospital hospital = null!;

    public async ValueTask InitializeAsync() => hospital = await PulledHospital.Start(database);

    public ValueTask DisposeAsync() => hospital.DisposeAsync();

    [Fact]
    public async Task becomes_a_patient_and_an_encounter_once_however_often_it_is_read()
    {
        await hospital.Admit("V1", "R1", "李秀英");
        Assert.Equal(1, await hospital.Poll());
        Assert.Equal(0, await hospital.Poll());
        await hospital.Settled();

        Assert.Equal(1, await hospital.Count("state = 'done'"));
        var patient = await hospital.Read("Patient", IdentifierSystems.LocalPatient(PulledHospital.Institution), "R1");
        Assert.Equal("李秀英", patient!.Value.GetProperty("name")[0].GetProperty("text").GetString());
        Assert.Equal("1985-06-15", patient.Value.GetProperty("birthDate").GetString());
        Assert.Equal("female", patient.Value.GetProperty("gender").GetString());
        var encounter = await hospital.Encounter("V1");
        Assert.Equal("in-progress", encounter!.Value.GetProperty("status").GetString());
        Assert.Equal("2026-11-24T08:00:00+08:00", encounter.Value.GetProperty("period").GetProperty("start").GetString());
    }

    [Fact]
    public async Task that_changes_arrives_again_and_one_that_goes_back_too()
    {
        await hospital.Admit("V1", "R1", "李秀英");
        await hospital.Poll();
        await hospital.Admit("V1", "R1", "李秀英", "OUT");
        Assert.Equal(1, await hospital.Poll());
        await hospital.Settled();
        Assert.Equal("finished", (await hospital.Encounter("V1"))!.Value.GetProperty("status").GetString());
        Assert.Equal("2026-11-25T10:00:00+08:00", (await hospital.Encounter("V1"))!.Value.GetProperty("period").GetProperty("end").GetString());

        await hospital.Admit("V1", "R1", "李秀英");
        Assert.Equal(1, await hospital.Poll());
        await hospital.Settled();
        Assert.Equal("in-progress", (await hospital.Encounter("V1"))!.Value.GetProperty("status").GetString());
        Assert.Equal(3, await hospital.Count("state = 'done'"));
    }

    [Fact]
    public async Task that_commits_after_a_later_one_is_not_missed()
    {
        await using var late = await hospital.His.OpenConnectionAsync();
        await using var transaction = await late.BeginTransactionAsync();
        await using (var insert = new NpgsqlCommand("insert into his.admission (visit_no, record_no, name) values ('V1', 'R1', '迟到')", late))
            await insert.ExecuteNonQueryAsync();
        await hospital.Admit("V2", "R2", "先到");
        Assert.Equal(1, await hospital.Poll());

        await transaction.CommitAsync();
        Assert.Equal(1, await hospital.Poll());
        Assert.Equal(0, await hospital.Poll());
        await hospital.Settled();
        Assert.Equal(2, await hospital.Count("state = 'done'"));
    }

    [Theory]
    [InlineData("notice")]
    [InlineData("ignore")]
    public async Task that_commits_long_after_its_time_of_change_is_read_by_the_comparison(string goneRows)
    {
        await hospital.DisposeAsync();
        hospital = await PulledHospital.Start(database, adjust: settings => settings with { SafetyLagSeconds = 0, OverlapSeconds = 0, GoneRows = goneRows });
        await using var late = await hospital.His.OpenConnectionAsync();
        await using var transaction = await late.BeginTransactionAsync();
        await using (var insert = new NpgsqlCommand("insert into his.admission (visit_no, record_no, name) values ('V1', 'R1', '迟到')", late))
            await insert.ExecuteNonQueryAsync();
        await hospital.Admit("V2", "R2", "先到");
        Assert.Equal(1, await hospital.Poll());
        await transaction.CommitAsync();
        Assert.Equal(0, await hospital.Poll());
        Assert.Equal(0, await hospital.Reconcile());
        Assert.Equal(2, await hospital.Count());
        Assert.Equal(0, await hospital.Reconcile());
        await hospital.Settled();
        Assert.Equal(2, await hospital.Count("state = 'done'"));
        Assert.NotNull(await hospital.Encounter("V1"));
    }

    [Fact]
    public async Task that_is_not_agreed_holds_up_no_other()
    {
        await hospital.DisposeAsync();
        hospital = await PulledHospital.Start(database, protocol: new ProtocolSettings { Events = ["ADT^A01"] });
        await hospital.Admit("V1", "R1", "出院", "OUT");
        await hospital.Admit("V2", "R2", "住院");
        Assert.Equal(1, await hospital.Poll());
        await hospital.Admit("V3", "R3", "住院");
        Assert.Equal(1, await hospital.Poll());
        Assert.Equal(0, await hospital.Reconcile());
        // Once it is agreed (here: by becoming what is), it is taken.
        await hospital.Admit("V1", "R1", "住院");
        Assert.Equal(1, await hospital.Poll());
        await hospital.Settled();
        Assert.Equal(3, await hospital.Count("state = 'done'"));
    }

    [Fact]
    public async Task that_names_no_patient_is_quarantined_with_its_place_and_holds_up_no_other()
    {
        await hospital.Admit("V1", null, "无号");
        await PulledHospital.Execute(hospital.His, "update his.admission set id_no = null");
        await hospital.Admit("V2", "R2", "有号");
        Assert.Equal(2, await hospital.Poll());
        await hospital.Settled();
        Assert.Equal(1, await hospital.Count("state = 'done'"));
        Assert.Equal("101 PID-3", await hospital.Scalar("select err_code || ' ' || path from adapters.quarantine"));
    }

    [Fact]
    public async Task that_was_stored_before_a_crash_is_stored_once()
    {
        await hospital.Admit("V1", "R1", "李秀英");
        await hospital.Poll();
        await hospital.Scalar("with forgotten as (delete from adapters.sql_view_watermark) delete from adapters.sql_view_read");
        Assert.Equal(1, await hospital.Poll());
        Assert.Equal(1, await hospital.Count());
    }

    [Fact]
    public async Task is_read_with_an_account_that_can_do_nothing_else()
    {
        var settings = new NpgsqlConnectionStringBuilder(hospital.Profile.SqlView!.ConnectionString);
        await using var reader = NpgsqlDataSource.Create(settings);
        await hospital.Admit("V1", "R1", "李秀英");
        var refused = await Assert.ThrowsAsync<PostgresException>(() => PulledHospital.Execute(reader, "update his.admission set name = 'x'"));
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
        Assert.Equal(1, await hospital.Poll());
    }

    [Fact]
    public async Task that_takes_too_long_to_read_ends_the_statement_and_moves_no_watermark()
    {
        await hospital.Admit("V1", "R1", "李秀英");
        await PulledHospital.Execute(hospital.His, "alter view his.v_admission rename to v_fast");
        await PulledHospital.Execute(hospital.His, "create view his.v_admission as select f.* from his.v_fast as f, pg_sleep(10)");
        await PulledHospital.Execute(hospital.His, "grant select on his.v_admission to his_reader");
        var stopped = await Assert.ThrowsAsync<PostgresException>(hospital.Poll);
        Assert.Equal(PostgresErrorCodes.QueryCanceled, stopped.SqlState);
        Assert.Null(await hospital.Scalar("select updated_at from adapters.sql_view_watermark"));
    }
}
