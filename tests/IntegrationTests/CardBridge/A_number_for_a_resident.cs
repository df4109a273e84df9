using System.Net;
using System.Text.Json;
using Health.CardBridge.Registrations;
using Health.Contracts;
using Health.IntegrationTests.Platform;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Health.IntegrationTests.CardBridge;

[Collection<BridgeCollection>]
public sealed class A_number_for_a_resident(BridgeHouse house)
{
    private static int sessions;

    private HttpClient Hospital => house.Host.Http.As("demo-hospital", BridgeHouse.Hospital, "clinician");

    private HttpClient OwnDesk => house.Host.Http.As("hospital-desk", BridgeHouse.Hospital, "desk");

    private HttpClient RegionDesk => house.Host.Http.As("demo-desk", BridgeHouse.Centre, "desk");

    /// <summary>A session tomorrow in a department of its own; its full id.</summary>
    private async Task<string> Session(int numbers = 10, int share = 3, int referrals = 2, string? department = null, int daysAhead = 1)
    {
        var n = Interlocked.Increment(ref sessions);
        var start = house.Now.AddDays(daysAhead);
        var (status, body) = await BridgeHouse.Call(Hospital, "card/sources", new
        {
            sourceId = $"S{n}", departmentCode = department ?? $"D{n}", doctorCode = $"DR{n}", session = "am", startsAt = start, endsAt = start.AddHours(4), feeFen = 1_000, numbers, regionalShare = share, referralReserved = referrals,
        });
        Assert.True(status == HttpStatusCode.OK, body.ToString());
        return body.GetProperty("sourceId").GetString()!;
    }

    private Task<(HttpStatusCode Status, JsonElement Body)> Lock(HttpClient desk, string source, string residentId, string requestId) =>
        BridgeHouse.Call(desk, $"card/sources/{source}/locks", new { requestId, residentId });

    private static Task<(HttpStatusCode Status, JsonElement Body)> Act(HttpClient desk, string id, string what, object? body = null) => BridgeHouse.Call(desk, $"card/appointments/{id}/{what}", body ?? new { });

    /// <summary>Residents with a record, as many as wanted, without cards.</summary>
    private async Task<List<string>> Residents(int count, string mark)
    {
        var index = house.Host.Services.GetRequiredService<IResidentIndex>();
        var header = new EventHeader("city", "client:test", PurposeOfUse.TREAT, "test");
        List<string> found = [];
        for (var i = 0; i < count; i++)
        {
            var local = IdentifierSystems.LocalPatient(BridgeHouse.Hospital);
            var patientId = house.Host.Services.GetRequiredService<IKeyring>().DeriveId("Patient", local, $"{mark}{i}");
            found.Add((await index.Identify(new PatientIdentity(patientId, BridgeHouse.Hospital, [new(local, $"{mark}{i}")], $"测试{mark}{i}", "male", new DateOnly(1980, 1, 1)), header, default)).ResidentId);
        }
        return found;
    }

    [Fact]
    public async Task is_kept_booked_and_given_back_by_card_and_by_ID_number()
    {
        var resident = await house.ResidentAtTheDesk();
        var source = await Session();
        var (status, locked) = await BridgeHouse.Call(RegionDesk, $"card/sources/{source}/locks", new { requestId = "q1" + source, cardNo = resident.IdNumber });
        Assert.True(status == HttpStatusCode.OK, locked.ToString());
        Assert.Equal(("region", "locked", 3), (locked.GetProperty("channel").GetString(), locked.GetProperty("state").GetString(), locked.GetProperty("number").GetInt32()));
        var id = locked.GetProperty("appointmentId").GetString()!;
        Assert.Equal(id, (await BridgeHouse.Call(RegionDesk, $"card/sources/{source}/locks", new { requestId = "q1" + source, idNumber = resident.IdNumber })).Body.GetProperty("appointmentId").GetString());
        Assert.Equal("booked", (await Act(RegionDesk, id, "confirm")).Body.GetProperty("state").GetString());
        Assert.Equal("booked", (await Act(RegionDesk, id, "confirm")).Body.GetProperty("state").GetString());
        Assert.Equal(HttpStatusCode.NotFound, (await Act(house.Host.Http.As("x", "MY510704W009", "desk"), id, "cancel", new { reason = "x" })).Status);
        await Recorded(id, "booked", "busy");
        Assert.Equal("cancelled", (await Act(RegionDesk, id, "cancel", new { reason = "来不了" })).Body.GetProperty("state").GetString());
        await Recorded(id, "cancelled", "free");
        Assert.Equal(3, (await Lock(RegionDesk, source, resident.ResidentId, "q2" + source)).Body.GetProperty("number").GetInt32());
    }

    [Fact]
    public async Task is_given_ten_times_when_two_hundred_want_the_last_ten()
    {
        var people = await Residents(200, "many");
        var source = await Session(numbers: 10, share: 10, referrals: 0);
        var answers = await Task.WhenAll(people.Select((resident, i) => Lock(RegionDesk, source, resident, $"many{i}")));
        var given = answers.Where(answer => answer.Status == HttpStatusCode.OK).Select(answer => answer.Body.GetProperty("number").GetInt32()).Order().ToList();
        Assert.Equal(Enumerable.Range(1, 10), given);
        Assert.Equal(190, answers.Count(answer => answer.Status == HttpStatusCode.Conflict));
    }

    [Fact]
    public async Task is_one_per_person_department_and_day_even_at_the_same_moment()
    {
        var resident = Assert.Single(await Residents(1, "once"));
        var sources = new List<string>();
        for (var i = 0; i < 6; i++) sources.Add(await Session(department: "ONCE"));
        var answers = await Task.WhenAll(sources.Select((source, i) => Lock(OwnDesk, source, resident, $"once{i}")));
        Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK);
        Assert.Equal(HttpStatusCode.OK, (await Lock(OwnDesk, await Session(), resident, "other-department")).Status);
    }

    [Fact]
    public async Task that_was_kept_too_long_blocks_nobody()
    {
        var people = await Residents(2, "slow");
        var (first, second) = (await Session(numbers: 1, share: 1, referrals: 0, department: "SLOW"), await Session(department: "SLOW"));
        // Kept by a platform whose clock is three minutes behind: for this one the two minutes are over.
        var behind = ActivatorUtilities.CreateInstance<SourceBook>(house.Host.Services, (TimeProvider)new Behind(TimeSpan.FromMinutes(3)));
        const string id = BridgeHouse.Centre + ".slow1";
        Assert.Null((await behind.Change(first, (at, state) => SourceDecider.Lock(at, id, people[0], SourceDecider.Region, null, state), null, "test", null, default)).Refusal);
        Assert.Equal(HttpStatusCode.OK, (await Lock(RegionDesk, second, people[0], "slow4")).Status);
        Assert.Equal(HttpStatusCode.OK, (await Lock(RegionDesk, first, people[1], "slow5")).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await Act(RegionDesk, id, "confirm")).Status);
    }

    [Fact]
    public async Task of_a_stopped_session_is_cancelled_and_what_was_paid_goes_back()
    {
        var paid = await house.ResidentAtTheDesk();
        var source = await Session();
        // The visit that pays the fee is of the hospital the number is for.
        var desk = paid.At(OwnDesk, "510799990001", paid.LocalTime);
        await desk.UpToDebit();
        await desk.SettleUntilDone();
        var id = (await Lock(OwnDesk, source, paid.ResidentId, "stop1" + source)).Body.GetProperty("appointmentId").GetString()!;
        await Act(OwnDesk, id, "confirm");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await Act(OwnDesk, id, "visit", new { visitTx = "no-such" })).Status);
        Assert.Equal(HttpStatusCode.OK, (await Act(OwnDesk, id, "visit", new { visitTx = desk.VisitTx })).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await BridgeHouse.Call(RegionDesk, $"card/sources/{source}/stop", new { reason = "医生停诊" })).Status);
        var (status, stopped) = await BridgeHouse.Call(Hospital, $"card/sources/{source}/stop", new { reason = "医生停诊" });
        Assert.True(status == HttpStatusCode.OK, stopped.ToString());
        Assert.Equal((1, 1), (stopped.GetProperty("stopped").GetInt32(), stopped.GetProperty("refundsDue").GetInt32()));
        await desk.Until("reversed");
        Assert.Equal(3_000, Assert.Single((await house.Company.Ledger()).GetProperty("refunds").EnumerateArray(), r => r.GetProperty("purseNo").GetString() == paid.PurseNo).GetProperty("amountFen").GetInt64());
        await Recorded(id, "cancelled", "busy-unavailable");
        Assert.Equal(HttpStatusCode.Conflict, (await Lock(OwnDesk, source, (await Residents(1, "stop"))[0], "stop2" + source)).Status);
    }

    [Fact]
    public async Task is_refused_to_who_missed_three_until_the_block_ends()
    {
        var resident = Assert.Single(await Residents(1, "missed"));
        var source = await Session();
        for (var i = 0; i < 3; i++)
            await Sql(
                """
                insert into cards.appointment (appointment_id, source_id, number, resident_id, institution_code, department_code, business_day, channel, state, version, recorded_version, changed_at)
                select 'missed-' || $1, source_id, 100 + $1::int, $2, institution_code, 'D-' || $1, current_date - 10 * (1 + $1::int), 'region', 'missed', 1, 1, now() from cards.source where source_id = $3
                """, $"{i}", resident, source);
        var (status, body) = await Lock(RegionDesk, source, resident, "missed4");
        Assert.Equal(HttpStatusCode.Forbidden, status);
        Assert.Contains("爽约", body.GetProperty("detail").GetString());
    }

    [Fact]
    public async Task can_be_given_away_by_a_desk_that_is_cut_off()
    {
        var people = await Residents(2, "pool");
        var source = await Session(numbers: 5, share: 0, referrals: 0);
        var pool = $"p{source[^3..]}";
        Assert.Equal(HttpStatusCode.NotFound, (await BridgeHouse.Call(RegionDesk, $"card/sources/{source}/offline-pool", new { poolId = pool, deskId = "desk-1", count = 2 })).Status);
        var (_, handed) = await BridgeHouse.Call(OwnDesk, $"card/sources/{source}/offline-pool", new { poolId = pool, deskId = "desk-1", count = 2 });
        Assert.Equal([4, 5], handed.GetProperty("numbers").EnumerateArray().Select(number => number.GetInt32()));
        Task<(HttpStatusCode Status, JsonElement Body)> Book(string resident, int number, string request) =>
            BridgeHouse.Call(OwnDesk, $"card/sources/{source}/offline-pool/bookings", new { requestId = request, residentId = resident, poolId = pool, number });
        Assert.Equal("booked", (await Book(people[0], 5, "o1" + pool)).Body.GetProperty("state").GetString());
        Assert.Equal(HttpStatusCode.OK, (await Book(people[0], 5, "o1" + pool)).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await Book(people[1], 5, "o2" + pool)).Status);
        using var returned = await OwnDesk.PostAsync(new Uri($"card/sources/{source}/offline-pool/{pool}/return", UriKind.Relative), null);
        Assert.Equal(HttpStatusCode.NoContent, returned.StatusCode);
        var listed = await BridgeHouse.Body(await OwnDesk.GetAsync(new Uri($"card/sources?day={house.Now.AddHours(8).AddDays(1):yyyy-MM-dd}", UriKind.Relative)));
        Assert.Equal(4, Assert.Single(listed.GetProperty("sources").EnumerateArray(), s => s.GetProperty("sourceId").GetString() == source).GetProperty("free").GetInt32());
    }

    private sealed class Behind(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() - by;
    }

    private async Task Recorded(string appointmentId, string status, string slot)
    {
        var records = house.Host.Services.GetRequiredService<AppointmentRecords>();
        await Until(async () => await Read("Appointment", records.AppointmentIdOf(appointmentId)) is { } found && found.GetProperty("status").GetString() == status);
        var appointment = (await Read("Appointment", records.AppointmentIdOf(appointmentId)))!.Value;
        var reference = appointment.GetProperty("slot")[0].GetProperty("reference").GetString()!.Split('/');
        await Until(async () => await Read("Slot", reference[1]) is { } found && found.GetProperty("status").GetString() == slot);
        var schedule = (await Read("Slot", reference[1]))!.Value.GetProperty("schedule").GetProperty("reference").GetString()!.Split('/');
        await Until(async () => await Read("Schedule", schedule[1]) is not null);
    }

    private async Task<JsonElement?> Read(string type, string id) => await house.Records.Read(type, id, default) is { } json ? JsonDocument.Parse(json).RootElement : null;

    private async Task Sql(string sql, params object[] values)
    {
        await using var connection = new NpgsqlConnection(house.Host.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        await command.ExecuteNonQueryAsync();
    }

    private static async Task Until(Func<Task<bool>> done)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        while (!await done()) await timer.WaitForNextTickAsync(limit.Token);
    }
}
