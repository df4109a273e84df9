using Npgsql;
using NpgsqlTypes;

namespace Health.Fhir.Search;

/// <summary>
/// The index rows of a commit, column by column as the inserts want them: one statement per table whatever the number of resources. A version
/// that is already superseded within the same commit goes to the past at once.
/// </summary>
internal sealed class IndexBatch(string schema)
{
    private readonly Dictionary<(IndexTable Table, bool Past), Columns> tables = [];

    /// <param name="supersededAt">Sequence of the version that follows in the same commit, if one does.</param>
    public void Add(IndexRow row, long rid, long from, long? supersededAt)
    {
        var place = (row.Table, supersededAt is not null);
        if (!tables.TryGetValue(place, out var columns)) tables[place] = columns = new Columns();
        columns.Add(row, rid, from, supersededAt ?? 0);
    }

    public IEnumerable<NpgsqlBatchCommand> Inserts()
    {
        foreach (var ((table, past), columns) in tables)
        {
            var insert = new NpgsqlBatchCommand(table.InsertSql(schema, past));
            foreach (var array in columns.Arrays(table, past)) insert.Parameters.Add(ParameterOf(array));
            yield return insert;
        }
    }

    private static NpgsqlParameter ParameterOf(Array array) => array is DateTime[]
        ? new NpgsqlParameter { Value = array, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz }
        : new NpgsqlParameter { Value = array };

    private sealed class Columns
    {
        private readonly List<long> rids = [], froms = [], tos = [];
        private readonly List<IndexRow> rows = [];

        public void Add(IndexRow row, long rid, long from, long to)
        {
            rows.Add(row);
            rids.Add(rid);
            froms.Add(from);
            tos.Add(to);
        }

        public IEnumerable<Array> Arrays(IndexTable table, bool past)
        {
            yield return rids.ToArray();
            yield return Column(row => row.Key);
            for (var c = 0; c < table.Columns.Count; c++) yield return Values(table.Columns[c], c);
            yield return froms.ToArray();
            if (past) yield return tos.ToArray();
        }

        // item and text are the columns that may be empty.
        private Array Values((string Name, string Type) column, int c) => column switch
        {
            ("item", "smallint") => Column(row => (short?)row.Values[c]),
            ("text", "bigint") => Column(row => (long?)row.Values[c]),
            (_, "uuid") => Column(row => (Guid)row.Values[c]!),
            (_, "bigint") => Column(row => (long)row.Values[c]!),
            (_, "timestamptz") => Column(row => (DateTime)row.Values[c]!),
            (_, "double precision") => Column(row => (double)row.Values[c]!),
            (_, "text") => Column(row => (string)row.Values[c]!),
            _ => throw new InvalidOperationException($"No index column is of type {column.Type}."),
        };

        private T[] Column<T>(Func<IndexRow, T> value)
        {
            var column = new T[rows.Count];
            for (var i = 0; i < column.Length; i++) column[i] = value(rows[i]);
            return column;
        }
    }
}
