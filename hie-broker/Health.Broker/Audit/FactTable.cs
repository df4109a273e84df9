using Health.Contracts;

namespace Health.Broker.Audit;

/// <summary>One INSERT for any number of facts.</summary>
internal static class FactTable
{
    private const string InsertSql =
        """
        insert into audit.fact (fact_id, at, body, detail, leaf, mac, resident, institution)
        select * from unnest($1::uuid[], $2::timestamptz[], $3::bytea[], $4::bytea[], $5::bytea[], $6::bytea[], $7::text[], $8::text[])
        """;

    public static SqlStatement Insert(IReadOnlyList<FactRow> rows) => new(InsertSql,
    [
        Column(rows, row => row.FactId), Column(rows, row => row.At), Column(rows, row => row.Body), Column(rows, row => row.Detail),
        Column(rows, row => row.Leaf), Column(rows, row => row.Mac), Column(rows, row => row.Resident), Column(rows, row => row.Institution),
    ]);

    private static T[] Column<T>(IReadOnlyList<FactRow> rows, Func<FactRow, T> value)
    {
        var column = new T[rows.Count];
        for (var i = 0; i < column.Length; i++) column[i] = value(rows[i]);
        return column;
    }
}
