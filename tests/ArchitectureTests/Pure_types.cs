using System.Reflection;
using Health.Adapters;
using Health.Broker;
using Health.CardBridge;
using Health.Console;
using Health.Fhir;
using Npgsql;

namespace Health.ArchitectureTests;

public sealed class Pure_types
{
    private static readonly Assembly[] Modules =
        [typeof(FhirModule).Assembly, typeof(BrokerModule).Assembly, typeof(AdaptersModule).Assembly, typeof(CardBridgeModule).Assembly, typeof(ConsoleModule).Assembly];

    [Fact]
    public void see_no_store_no_web_no_clock_and_no_random_id() => Assert.Empty(Modules.SelectMany(PurityRules.Impurities));

    [Fact]
    public void exist_to_be_watched() => Assert.True(Modules.Sum(PurityRules.Watched) > 0);

    [Theory]
    [InlineData("SinfulDecider.Now uses System.DateTimeOffset.get_UtcNow")]
    [InlineData("SinfulDecider.Id uses System.Guid.NewGuid")]
    [InlineData("SinfulState.database holds a Npgsql.NpgsqlDataSource")]
    public void are_caught_when_they_sin(string sin) =>
        Assert.Contains(PurityRules.Impurities(typeof(Pure_types).Assembly), violation => violation.Contains(sin, StringComparison.Ordinal));

}

/// <summary>Negative control.</summary>
public static class SinfulDecider
{
    public static DateTimeOffset Now() => DateTimeOffset.UtcNow;

    public static Guid Id() => Guid.NewGuid();
}

/// <summary>Negative control.</summary>
public sealed class SinfulState(NpgsqlDataSource database)
{
    private readonly NpgsqlDataSource database = database;

    public string Where => database.ConnectionString;
}
