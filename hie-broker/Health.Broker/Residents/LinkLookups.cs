using Health.Contracts;
using Npgsql;

namespace Health.Broker.Residents;

/// <summary>Who is who, for readers: concurrent questions share statements. An answer is at least as new as its question.</summary>
internal sealed class LinkLookups : IDisposable
{
    private const int AtOnce = 256;
    private const string OfResidents = "select resident_id, patient_id from broker.patient_link where resident_id = any($1) order by linked_seq";
    private const string OfPatients = "select patient_id, resident_id from broker.patient_link where patient_id = any($1)";

    private readonly StandingConnection<NpgsqlConnection> forPatients, forResidents;
    private readonly Coalescer<Question> patientsOf, residentOf;

    public LinkLookups(NpgsqlDataSource database)
    {
        (forPatients, forResidents) = (new StandingConnection<NpgsqlConnection>(database), new StandingConnection<NpgsqlConnection>(database));
        patientsOf = new Coalescer<Question>(1, AtOnce, (_, questions) => Answer(forPatients, OfResidents, questions));
        residentOf = new Coalescer<Question>(1, AtOnce, (_, questions) => Answer(forResidents, OfPatients, questions));
    }

    private sealed record Question(string Key, TaskCompletionSource<IReadOnlyList<string>> Answer);

    /// <summary>Patients of a resident, oldest link first.</summary>
    public Task<IReadOnlyList<string>> PatientsOf(string residentId, CancellationToken ct) => Ask(patientsOf, residentId, ct);

    public async ValueTask<string?> ResidentOf(string patientId, CancellationToken ct) => await Ask(residentOf, patientId, ct) is [var resident, ..] ? resident : null;

    private static Task<IReadOnlyList<string>> Ask(Coalescer<Question> questions, string key, CancellationToken ct)
    {
        var question = new Question(key, new TaskCompletionSource<IReadOnlyList<string>>(TaskCreationOptions.RunContinuationsAsynchronously));
        questions.Add(question);
        return question.Answer.Task.WaitAsync(ct);
    }

    public void Dispose()
    {
        forPatients.Dispose();
        forResidents.Dispose();
    }

    private static async Task Answer(StandingConnection<NpgsqlConnection> connection, string sql, IReadOnlyList<Question> questions)
    {
        try
        {
            var found = new Dictionary<string, List<string>>(StringComparer.Ordinal);
            await using (var command = new NpgsqlCommand(sql, await connection.Open()))
            {
                command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. questions.Select(question => question.Key).Distinct()] });
                await using var reader = await command.ExecuteReaderAsync(CancellationToken.None);
                while (await reader.ReadAsync(CancellationToken.None))
                {
                    var key = reader.GetString(0);
                    if (!found.TryGetValue(key, out var values)) found[key] = values = [];
                    values.Add(reader.GetString(1));
                }
            }

            foreach (var question in questions) question.Answer.SetResult(found.TryGetValue(question.Key, out var values) ? values : []);
        }
        catch (Exception e)
        {
            foreach (var question in questions) question.Answer.TrySetException(e);
        }
    }
}
