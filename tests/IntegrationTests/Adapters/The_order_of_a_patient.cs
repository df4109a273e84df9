using Health.IntegrationTests.Platform;

namespace Health.IntegrationTests.Adapters;

/// <summary>Messages are in order by the number from which the Patient's id derives, wherever in PID it stands; <c>mych</c> and <c>lab</c> are of one institution.</summary>
public sealed class The_order_of_a_patient(Database database) : IAsyncLifetime
{
    private const string Resident = "510799199001010018";
    private Hospital hospital = null!;

    public async ValueTask InitializeAsync() => hospital = await Hospital.OpenWithLab(database, "{}", ",\"movedFields\":{\"PID-3\":\"ZPI-3\"}");

    public ValueTask DisposeAsync() => hospital.DisposeAsync();

    [Fact]
    public async Task is_one_however_a_message_names_the_patient()
    {
        await Send(Hospital.Registration("O1", "Z1^^^MYCH^MR"));
        await Send(Hospital.Registration("O2", $"{Resident}^^^公安^NI~Z1^^^MYCH^MR"));
        await Send(Hospital.Registration("O3", $"Z1^^^MYCH^MR~{Resident}^^^公安^NI"));
        await Send(Hospital.Registration("O4", "").Replace("PID|1||||", "PID|1|Z1|||"));
        await Send(Hospital.Registration("O5", "").Replace("PID|1||||", "PID|1|||Z1|"));
        await Send(Hospital.FromLab("O6", pid3: "other").Replace("PV1|1|O\r", "PV1|1|O\rZPI|1||Z1^^^MYCH^MR\r"));
        Assert.Equal(1L, await hospital.Scalar<long>("select count(distinct order_key) from adapters.inbox"));
    }

    [Fact]
    public async Task is_another_for_another_and_for_both_in_a_message_about_two()
    {
        await Send(Hospital.Registration("O1", "Z1"));
        await Send(Hospital.Registration("O2", $"{Resident}^^^公安^NI~Z2^^^MYCH^MR"));
        await Send(Hospital.Registration("O3", "Z1").Replace("PV1|1|O\r", $"PV1|1|O\rPID|2||{Resident}^^^公安^NI~Z2^^^MYCH^MR||李四\rPV1|1|O\r"));
        Assert.Equal(2L, await hospital.Scalar<long>("select count(distinct order_key) from adapters.inbox"));
        Assert.Equal(1L, await hospital.Scalar<long>("select count(*) from adapters.inbox where control_id = 'O3' and more_order_keys = (select array_agg(order_key) from adapters.inbox where control_id = 'O2')"));
    }

    [Fact]
    public async Task is_that_of_the_visit_where_no_patient_is_named()
    {
        foreach (var id in new[] { "O1", "O2" }) await Send(Hospital.Registration(id, "").Replace("PV1|1|O\r", $"PV1|1|O{new string('|', 17)}V1\r"));
        await Send(Hospital.Registration("O3", ""));
        Assert.Equal(2L, await hospital.Scalar<long>("select count(distinct order_key) from adapters.inbox"));
    }

    private async Task Send(string message)
    {
        using var ack = await hospital.Send(message);
        Assert.Equal("AA", ack.Get("MSA-1"));
    }
}
