using System.Text.RegularExpressions;

namespace Health.Adapters.Sources;

/// <summary>
/// How admissions are pulled from a view of a hospital's own PostgreSQL database. The account needs select on the view and nothing else.
/// The view must have a key that is a whole number and a time of last change (timestamptz) that its database sets on every change.
/// </summary>
public sealed partial record SqlViewSettings
{
    /// <summary>Npgsql connection string; the password better in <see cref="PasswordFile"/>.</summary>
    public string ConnectionString { get; init; } = "";

    /// <summary>File whose first line is the password.</summary>
    public string? PasswordFile { get; init; }

    /// <summary>The view, with its schema: <c>his.v_admission</c>.</summary>
    public string View { get; init; } = "";

    /// <summary>Column names of the view where they differ from the ones of <see cref="StandardColumns"/>; an empty name: the view has none.</summary>
    public IReadOnlyDictionary<string, string> Columns { get; init; } = new Dictionary<string, string>();

    /// <summary>Values of the status column to ADT triggers; any other value becomes an A08, which leaves the state of the visit alone.</summary>
    public IReadOnlyDictionary<string, string> Triggers { get; init; } =
        new Dictionary<string, string> { ["REG"] = "A04", ["IN"] = "A01", ["OUT"] = "A03", ["CXL"] = "A11" };

    public double IntervalSeconds { get; init; } = 5;

    /// <summary>
    /// How late a transaction may commit after its rows got their time of change: the watermark stays this far behind the clock of the
    /// hospital's database.
    /// </summary>
    public double SafetyLagSeconds { get; init; } = 60;

    /// <summary>How far behind the watermark each poll reads again; what it read before is dropped by hash.</summary>
    public double OverlapSeconds { get; init; } = 60;

    /// <summary>Rows of one statement; more than that are read page by page.</summary>
    public int RowCap { get; init; } = 500;

    public int StatementTimeoutSeconds { get; init; } = 10;

    /// <summary>What a row can say, under the column names that need no setting.</summary>
    public static IReadOnlyDictionary<string, string> StandardColumns { get; } = new Dictionary<string, string>
    {
        ["pk"] = "pk", ["updatedAt"] = "updated_at", ["recordNo"] = "record_no", ["name"] = "name", ["idNo"] = "id_no", ["sex"] = "sex",
        ["birth"] = "birth", ["phone"] = "phone", ["address"] = "address", ["deptCode"] = "dept_code", ["deptName"] = "dept_name",
        ["doctorCode"] = "doctor_code", ["doctorName"] = "doctor_name", ["visitNo"] = "visit_no", ["visitClass"] = "visit_class",
        ["admitTime"] = "admit_time", ["dischargeTime"] = "discharge_time", ["status"] = "status",
    };

    /// <summary>The column of a standard name; empty when the view has none.</summary>
    public string Column(string name) => Columns.GetValueOrDefault(name) ?? StandardColumns[name];

    /// <summary>What is wrong, in words that say what would be right; null when nothing is.</summary>
    public string? Problem()
    {
        if (ConnectionString.Length == 0) return "sqlView.connectionString is needed: the hospital's database and the read-only account.";
        if (!ViewName().IsMatch(View)) return $"sqlView.view is '{View}'; it must be a view with its schema such as his.v_admission.";
        if (Columns.Keys.FirstOrDefault(name => !StandardColumns.ContainsKey(name)) is { } unknown)
            return $"sqlView.columns names '{unknown}'; known are {string.Join(", ", StandardColumns.Keys)}.";
        if (Columns.FirstOrDefault(column => column.Value.Length > 0 && !ColumnName().IsMatch(column.Value)) is { Key: not null } wrong)
            return $"sqlView.columns.{wrong.Key} is '{wrong.Value}'; it must be a column name.";
        if (Column("pk").Length == 0 || Column("updatedAt").Length == 0) return "sqlView.columns must name pk and updatedAt.";
        if (IntervalSeconds <= 0 || SafetyLagSeconds < 0 || OverlapSeconds < 0) return "sqlView.intervalSeconds must be above 0, safetyLagSeconds and overlapSeconds not below.";
        return RowCap is < 1 or > 100_000 || StatementTimeoutSeconds is < 1 or > 3600 ? "sqlView.rowCap must be 1 to 100000 and statementTimeoutSeconds 1 to 3600." : null;
    }

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_]*(\\.[A-Za-z_][A-Za-z0-9_]*)?$")]
    private static partial Regex ViewName();

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_]*$")]
    private static partial Regex ColumnName();
}
