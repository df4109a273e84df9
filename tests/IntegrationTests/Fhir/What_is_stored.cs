using System.Net;
using System.Text;
using Health.Contracts;

namespace Health.IntegrationTests.Fhir;

[Collection<FhirCollection>]
public sealed class What_is_stored(FhirHouse house)
{
    private static readonly string Number = "51079919850615002X";

    private static string Patient(string name) =>
        $$$"""{"resourceType":"Patient","identifier":[{"system":"{{{IdentifierSystems.ResidentId}}}","value":"{{{Number}}}"}],"name":[{"text":"{{{name}}}"}],"gender":"female","birthDate":"1985-06-15"}""";

    [Fact]
    public async Task of_a_person_is_ciphertext_under_the_key_of_the_resident()
    {
        var name = "雍无痕" + Guid.NewGuid().ToString("N")[..6];
        var id = (await house.AsHospital.Send("POST", "Patient", Patient(name))).IdOf();
        await using var command = house.Data.CreateCommand($"select e.bdata, e.data::text, r.key_id, r.resident from events.mt_events e join fhir.resource r on r.seq = e.seq_id where r.id = '{id}'");
        await using var reader = await command.ExecuteReaderAsync();
        Assert.True(await reader.ReadAsync());
        var stored = reader.GetFieldValue<byte[]>(0);
        Assert.Equal(-1, stored.AsSpan().IndexOf(Encoding.UTF8.GetBytes(name)));
        Assert.Equal(-1, stored.AsSpan().IndexOf(Encoding.UTF8.GetBytes(Number)));
        Assert.Equal("{}", reader.GetString(1));
        Assert.Equal($"key-{reader.GetString(3)}", reader.GetString(2));
    }

    [Fact]
    public async Task of_the_same_person_twice_leads_to_one_resident_and_what_refers_to_the_patient_follows()
    {
        var one = (await house.AsHospital.Send("POST", "Patient", Patient("甲"))).IdOf();
        var observation = $$$"""{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/{{{one}}}"}}""";
        var other = (await house.AsHospital.Send("POST", "Observation", observation)).IdOf();
        Assert.Equal(1, await house.Count($"select count(distinct resident) from fhir.resource where id in ('{one}', '{other}') and resident is not null and key_id = 'key-' || resident"));
    }

    [Fact]
    public async Task is_gone_for_good_when_the_key_is_destroyed_and_the_events_stay()
    {
        var id = (await house.AsHospital.Send("POST", "Patient", """{"resourceType":"Patient","name":[{"text":"乙"}]}""")).IdOf();
        house.Keyring.Destroy("r-" + id);
        Assert.Equal(HttpStatusCode.Gone, (await house.AsHospital.Send("GET", $"Patient/{id}")).StatusCode);
        Assert.Equal(1, await house.Count($"select count(*) from events.mt_events where stream_id = 'Patient/{id}'"));
    }

    [Fact]
    public async Task moved_by_hand_to_another_place_does_not_open()
    {
        var a = (await house.AsHospital.Send("POST", "Basic", """{"resourceType":"Basic","code":{"text":"a"}}""")).IdOf();
        var b = (await house.AsHospital.Send("POST", "Basic", """{"resourceType":"Basic","code":{"text":"b"}}""")).IdOf();
        var own = await Stored(b);
        await Replace(b, await Stored(a));
        Assert.Equal(HttpStatusCode.InternalServerError, (await house.AsHospital.Send("GET", $"Basic/{b}")).StatusCode);
        await Replace(b, own);
        Assert.Equal(HttpStatusCode.OK, (await house.AsHospital.Send("GET", $"Basic/{b}")).StatusCode);
    }

    private async Task<byte[]> Stored(string id)
    {
        await using var command = house.Data.CreateCommand($"select bdata from events.mt_events where stream_id = 'Basic/{id}'");
        return (byte[])(await command.ExecuteScalarAsync())!;
    }

    private async Task Replace(string id, byte[] stored)
    {
        await using var command = house.Data.CreateCommand($"update events.mt_events set bdata = $1 where stream_id = 'Basic/{id}'");
        command.Parameters.Add(new Npgsql.NpgsqlParameter { Value = stored });
        await command.ExecuteNonQueryAsync();
    }
}
