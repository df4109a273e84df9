using System.Data.Common;
using System.Runtime.Loader;
using Microsoft.Data.SqlClient;
using Npgsql;

namespace Health.Adapters.Sources;

/// <summary>Opens the hospital's database with the ADO.NET provider the profile names: PostgreSQL, SQL Server, or one of another maker in an assembly beside the platform.</summary>
internal static class SqlProviders
{
    private const int Connections = 2;

    public static SqlDialect Dialect(SqlViewSettings settings) => SqlDialect.Named(settings.Provider == "plugin" ? settings.Plugin!.Dialect : settings.Provider);

    /// <exception cref="InvalidOperationException">The assembly or the factory of a plug-in is not there, or the password file is not.</exception>
    public static DbDataSource Open(SqlViewSettings settings)
    {
        var password = settings.PasswordFile is { } file ? File.ReadLines(file).FirstOrDefault() ?? "" : null;
        switch (settings.Provider)
        {
            case "sqlserver":
                var server = new SqlConnectionStringBuilder(settings.ConnectionString) { MaxPoolSize = Connections, ApplicationName = "health", ApplicationIntent = ApplicationIntent.ReadOnly };
                if (password is not null) server.Password = password;
                return SqlClientFactory.Instance.CreateDataSource(server.ConnectionString);
            case "plugin":
                var other = new DbConnectionStringBuilder { ConnectionString = settings.ConnectionString };
                if (password is not null) other["Password"] = password;
                return Factory(settings.Plugin!).CreateDataSource(other.ConnectionString);
            default:
                var postgres = new NpgsqlConnectionStringBuilder(settings.ConnectionString) { MaxPoolSize = Connections, ApplicationName = "health" };
                if (password is not null) postgres.Password = password;
                return NpgsqlDataSource.Create(postgres);
        }
    }

    /// <summary>The factory's one instance, as ADO.NET has it: a public static field or property called Instance.</summary>
    public static DbProviderFactory Factory(SqlPlugin plugin)
    {
        if (!File.Exists(plugin.Assembly)) throw new InvalidOperationException($"sqlView.plugin.assembly '{plugin.Assembly}' is not there.");
        var type = new PluginContext(plugin.Assembly).LoadFromAssemblyPath(plugin.Assembly).GetType(plugin.Factory);
        var instance = type?.GetField("Instance")?.GetValue(null) ?? type?.GetProperty("Instance")?.GetValue(null);
        return instance as DbProviderFactory ?? throw new InvalidOperationException($"sqlView.plugin.factory '{plugin.Factory}' is no DbProviderFactory with an Instance in {plugin.Assembly}.");
    }

    /// <summary>What lies beside the plug-in is its own; what the platform has is shared.</summary>
    private sealed class PluginContext(string assembly) : AssemblyLoadContext(assembly)
    {
        private readonly AssemblyDependencyResolver resolver = new(assembly);

        protected override System.Reflection.Assembly? Load(System.Reflection.AssemblyName assemblyName) =>
            resolver.ResolveAssemblyToPath(assemblyName) is { } path ? LoadFromAssemblyPath(path) : null;

        protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
            resolver.ResolveUnmanagedDllToPath(unmanagedDllName) is { } path ? LoadUnmanagedDllFromPath(path) : 0;
    }
}
