using Health.Contracts;
using Npgsql;

namespace Health.Broker.Residents;

/// <summary>Who is who, for readers: concurrent questions share statements. An answer is at least as new as its question.</summary>
internal sealed class LinkLookups(NpgsqlDataSource database) : IDisposable
{
    private readonly Lookup<string> patientsOf = new(database, "select resident_id, patient_id from broker.patient_link where resident_id = any($1) order by linked_seq", row => row.GetString(1));
    private readonly Lookup<string> residentOf = new(database, "select patient_id, resident_id from broker.patient_link where patient_id = any($1)", row => row.GetString(1));
    private readonly Lookup<LinkRow> linkOf = new(database, ResidentTables.SelectLinks, ResidentTables.ReadLink);

    /// <summary>Patients of a resident, oldest link first.</summary>
    public Task<IReadOnlyList<string>> PatientsOf(string residentId, CancellationToken ct) => patientsOf.Ask(residentId, ct);

    public async ValueTask<string?> ResidentOf(string patientId, CancellationToken ct) => await residentOf.Ask(patientId, ct) is [var resident, ..] ? resident : null;

    /// <summary>The link of a Patient with the blinds of what was said about it.</summary>
    public async ValueTask<LinkRow?> LinkOf(string patientId, CancellationToken ct) => await linkOf.Ask(patientId, ct) is [var link, ..] ? link : null;

    public void Dispose()
    {
        patientsOf.Dispose();
        residentOf.Dispose();
        linkOf.Dispose();
    }

    /// <summary>One kind of question: its statement takes the keys as an array, the first column of a row is the key it answers.</summary>
    private sealed class Lookup<TAnswer> : IDisposable
    {
        private const int AtOnce = 256;
        private readonly StandingConnection<NpgsqlConnection> connection;
        private readonly Coalescer<Question> questions;
        private readonly string sql;
        private readonly Func<NpgsqlDataReader, TAnswer> read;

        public Lookup(NpgsqlDataSource database, string sql, Func<NpgsqlDataReader, TAnswer> read)
        {
            (this.sql, this.read) = (sql, read);
            connection = new StandingConnection<NpgsqlConnection>(database);
            questions = new Coalescer<Question>(1, AtOnce, (_, asked) => Answer(asked));
        }

        private sealed record Question(string Key, TaskCompletionSource<IReadOnlyList<TAnswer>> Answer);

        public Task<IReadOnlyList<TAnswer>> Ask(string key, CancellationToken ct)
        {
            var question = new Question(key, new TaskCompletionSource<IReadOnlyList<TAnswer>>(TaskCreationOptions.RunContinuationsAsynchronously));
            questions.Add(question);
            return question.Answer.Task.WaitAsync(ct);
        }

        public void Dispose() => connection.Dispose();

        private async Task Answer(IReadOnlyList<Question> asked)
        {
            try
            {
                var found = new Dictionary<string, List<TAnswer>>(StringComparer.Ordinal);
                await using (var command = new NpgsqlCommand(sql, await connection.Open()))
                {
                    command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. asked.Select(question => question.Key).Distinct()] });
                    await using var reader = await command.ExecuteReaderAsync(CancellationToken.None);
                    while (await reader.ReadAsync(CancellationToken.None))
                    {
                        var key = reader.GetString(0);
                        if (!found.TryGetValue(key, out var answers)) found[key] = answers = [];
                        answers.Add(read(reader));
                    }
                }

                foreach (var question in asked) question.Answer.SetResult(found.TryGetValue(question.Key, out var answers) ? answers : []);
            }
            catch (Exception e)
            {
                foreach (var question in asked) question.Answer.TrySetException(e);
            }
        }
    }
}
