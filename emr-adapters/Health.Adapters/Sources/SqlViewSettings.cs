using System.Text.RegularExpressions;

namespace Health.Adapters.Sources;

/// <summary>An ADO.NET provider that the platform does not bring: Oracle, 达梦 and others. Whoever may write the assembly can run code here.</summary>
/// <param name="Assembly">Full path; what it needs lies beside it.</param>
/// <param name="Factory">Full name of its <see cref="System.Data.Common.DbProviderFactory"/>.</param>
/// <param name="Dialect"><c>oracle</c>, <c>dm</c>, <c>sqlserver</c> or <c>postgresql</c>.</param>
public sealed record SqlPlugin(string Assembly, string Factory, string Dialect);

/// <summary>
/// How admissions are pulled from a view of a hospital's own database. The account needs select on the view and nothing else.
/// The view must have a key that is a whole number and a time of last change that its database sets on every change.
/// </summary>
public sealed partial record SqlViewSettings
{
    /// <summary><c>postgresql</c>, <c>sqlserver</c> or <c>plugin</c>.</summary>
    public string Provider { get; init; } = "postgresql";

    /// <summary>Only for provider <c>plugin</c>.</summary>
    public SqlPlugin? Plugin { get; init; }

    /// <summary>The time of last change has no zone and is in the profile's <c>defaultZone</c>; false: it is an instant (timestamptz, datetimeoffset).</summary>
    public bool LocalTimes { get; init; }

    /// <summary>How often the keys of the view are compared with those that became messages, so that a row that is gone is noticed, and one that no poll met.</summary>
    public double ReconcileMinutes { get; init; } = 60;

    /// <summary><c>notice</c>: a row that is gone waits in the quarantine for a person (ADT^A23); <c>cancel</c>: the visit is cancelled (ADT^A11); <c>ignore</c>: nothing.</summary>
    public string GoneRows { get; init; } = "notice";

    /// <summary>Connection string of the provider; the password better in <see cref="PasswordFile"/>.</summary>
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
        if (ProviderProblem() is { } wrongProvider) return wrongProvider;
        if (GoneRows is not ("notice" or "cancel" or "ignore")) return $"sqlView.goneRows is '{GoneRows}'; it must be notice, cancel or ignore.";
        if (ReconcileMinutes is not (>= 0.001 and <= 10_080)) return "sqlView.reconcileMinutes must be from 0.001 to 10080 (a week).";
        if (ConnectionString.Length == 0) return "sqlView.connectionString is needed: the hospital's database and the read-only account.";
        if (!ViewName().IsMatch(View)) return $"sqlView.view is '{View}'; it must be a view with its schema such as his.v_admission.";
        if (Columns.Keys.FirstOrDefault(name => !StandardColumns.ContainsKey(name)) is { } unknown)
            return $"sqlView.columns names '{unknown}'; known are {string.Join(", ", StandardColumns.Keys)}.";
        if (Columns.FirstOrDefault(column => column.Value.Length > 0 && !ColumnName().IsMatch(column.Value)) is { Key: not null } wrong)
            return $"sqlView.columns.{wrong.Key} is '{wrong.Value}'; it must be a column name.";
        if (Column("pk").Length == 0 || Column("updatedAt").Length == 0) return "sqlView.columns must name pk and updatedAt.";
        if (IntervalSeconds is not (>= 0.01 and <= 86_400)) return "sqlView.intervalSeconds must be from 0.01 to 86400 (a day).";
        if (SafetyLagSeconds is not (>= 0 and <= 86_400) || OverlapSeconds is not (>= 0 and <= 86_400)) return "sqlView.safetyLagSeconds and overlapSeconds must be from 0 to 86400 (a day).";
        return RowCap is < 1 or > 100_000 || StatementTimeoutSeconds is < 1 or > 3600 ? "sqlView.rowCap must be 1 to 100000 and statementTimeoutSeconds 1 to 3600." : null;
    }

    private string? ProviderProblem()
    {
        if (Provider is not ("postgresql" or "sqlserver" or "plugin")) return $"sqlView.provider is '{Provider}'; it must be postgresql, sqlserver or plugin.";
        if (Provider != "plugin") return null;
        if (Plugin is null) return "sqlView.provider plugin needs sqlView.plugin with assembly, factory and dialect.";
        if (!Path.IsPathFullyQualified(Plugin.Assembly)) return $"sqlView.plugin.assembly is '{Plugin.Assembly}'; it must be a full path.";
        if (Plugin.Factory.Length == 0) return "sqlView.plugin.factory must be the type of the provider's factory, such as Oracle.ManagedDataAccess.Client.OracleClientFactory.";
        if (Plugin.Dialect is not ("oracle" or "dm" or "sqlserver" or "postgresql")) return $"sqlView.plugin.dialect is '{Plugin.Dialect}'; it must be oracle, dm, sqlserver or postgresql.";
        return Plugin.Dialect is "oracle" or "dm" && !LocalTimes ? $"sqlView.localTimes must be true with the dialect {Plugin.Dialect}: its column of the time of change has no zone." : null;
    }

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_]*(\\.[A-Za-z_][A-Za-z0-9_]*)?$")]
    private static partial Regex ViewName();

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_]*$")]
    private static partial Regex ColumnName();
}
