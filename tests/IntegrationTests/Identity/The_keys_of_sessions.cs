using Health.IntegrationTests.Platform;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;

namespace Health.IntegrationTests.Identity;

public sealed class The_keys_of_sessions(Database database)
{
    [Fact]
    public async Task are_sealed_on_disk_and_open_after_a_restart()
    {
        var folder = Directory.CreateTempSubdirectory("health-sessions-").FullName;
        try
        {
            string protectedText, connection;
            await using (var host = await TestHost.Start(database, ["Identity", "Broker"], dataFolder: folder))
            {
                connection = host.ConnectionString;
                protectedText = Protector(host).Protect("a session");
            }
            var file = Assert.Single(Directory.GetFiles(Path.Combine(folder, "keys", "sessions"), "key-*.xml"));
            var text = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
            Assert.Contains("SessionKeyOpener", text);
            Assert.DoesNotContain("<masterKey", text);

            await using var again = await TestHost.Start(database, ["Identity", "Broker"], connectionString: connection, dataFolder: folder);
            Assert.Equal("a session", Protector(again).Unprotect(protectedText));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static IDataProtector Protector(TestHost host) => host.Services.GetRequiredService<IDataProtectionProvider>().CreateProtector("test");
}
