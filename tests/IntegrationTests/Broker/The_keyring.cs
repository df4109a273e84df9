using System.Security.Cryptography;
using System.Text;
using Health.Contracts;
using Health.IntegrationTests.Platform;
using Microsoft.Extensions.DependencyInjection;

namespace Health.IntegrationTests.Broker;

public sealed class The_keyring(Database database)
{
    private static readonly byte[] Place = "stream|1"u8.ToArray();

    [Fact]
    public async Task opens_after_a_restart_what_it_sealed_before()
    {
        var folder = System.IO.Directory.CreateTempSubdirectory("health-keys-").FullName;
        var connectionString = await database.New();
        byte[] bytes;
        string keyId, derived;
        Guid blind;
        await using (var before = await Start(connectionString, folder))
        {
            var keyring = before.Services.GetRequiredService<IKeyring>();
            var key = await keyring.ForResident("resident1", default);
            (bytes, keyId, blind) = (key.Seal("病历"u8, Place), key.Id, keyring.Blind("system", "value"));
            derived = keyring.DeriveId("Patient", "system", "value");
        }

        await using var after = await Start(connectionString, folder);
        var again = after.Services.GetRequiredService<IKeyring>();
        Assert.False(again.TryGetCached(keyId, out _));
        var found = await again.Find(keyId, default);
        Assert.Equal("病历", Encoding.UTF8.GetString(found!.Open(bytes, Place)));
        Assert.True(again.TryGetCached(keyId, out _));
        Assert.Throws<AuthenticationTagMismatchException>(() => found.Open(bytes, "stream|2"u8));
        Assert.Equal(blind, again.Blind("system", "value"));
        Assert.NotEqual(blind, again.Blind("systemv", "alue"));
        Assert.Equal(derived, again.DeriveId("Patient", "system", "value"));
        Assert.Matches("^[0-9a-z]{26}$", derived);
        System.IO.Directory.Delete(folder, true);
    }

    [Fact]
    public async Task makes_one_key_for_a_resident_asked_for_from_many_sides_at_once()
    {
        await using var host = await TestHost.Start(database, ["Broker"]);
        var keyring = host.Services.GetRequiredService<IKeyring>();
        var keys = await Task.WhenAll(Enumerable.Range(0, 24).Select(_ => Task.Run(() => keyring.ForResident("resident1", default).AsTask())));
        var first = keys[0].Seal("x"u8, Place);
        Assert.All(keys, key => Assert.Equal("x"u8.ToArray(), key.Open(first, Place)));
        Assert.Null(await keyring.Find("r:nobody", default));
        Assert.Null(await keyring.Find("index", default));
    }

    [Fact]
    public async Task wraps_a_key_beside_its_payload_and_wraps_it_again_for_the_resident()
    {
        await using var host = await TestHost.Start(database, ["Broker"]);
        var keyring = host.Services.GetRequiredService<IKeyring>();
        var resident = await keyring.ForResident("resident1", default);
        var wrapped = keyring.NewWrapped(keyring.Node);
        var sealedBytes = keyring.Unwrap(wrapped, keyring.Node).Seal("MSH|"u8, Place);
        var moved = keyring.Rewrap(wrapped, keyring.Node, resident);

        Assert.Equal((wrapped.KeyId, resident.Id), (moved.KeyId, moved.WrappedBy));
        Assert.Equal("MSH|"u8.ToArray(), keyring.Unwrap(moved, resident).Open(sealedBytes, Place));
        Assert.Throws<CryptographicException>(() => keyring.Unwrap(moved, keyring.Node));
    }

    [Fact]
    public async Task refuses_to_start_with_the_key_file_of_another_database_or_without_one()
    {
        var folder = System.IO.Directory.CreateTempSubdirectory("health-keys-").FullName;
        var foreign = System.IO.Directory.CreateTempSubdirectory("health-keys-").FullName;
        var connectionString = await database.New();
        await (await Start(connectionString, folder)).DisposeAsync();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(KeyFile(folder)));
        await (await Start(await database.New(), foreign)).DisposeAsync();

        File.Move(KeyFile(folder), KeyFile(folder) + ".away");
        var missing = await Assert.ThrowsAsync<InvalidOperationException>(() => Start(connectionString, folder));
        Assert.Contains($"The key file {KeyFile(folder)} is missing", missing.Message);
        Assert.False(File.Exists(KeyFile(folder)));

        File.Copy(KeyFile(foreign), KeyFile(folder));
        var wrong = await Assert.ThrowsAsync<InvalidOperationException>(() => Start(connectionString, folder));
        Assert.Contains("does not open key node of this database", wrong.Message);

        await File.WriteAllTextAsync(KeyFile(folder), "{}", TestContext.Current.CancellationToken);
        var broken = await Assert.ThrowsAsync<InvalidOperationException>(() => Start(connectionString, folder));
        Assert.Contains("is not a key file", broken.Message);
        System.IO.Directory.Delete(folder, true);
        System.IO.Directory.Delete(foreign, true);
    }

    private Task<TestHost> Start(string connectionString, string folder) => TestHost.Start(
        database, ["Broker"], builder => builder.Configuration["Health:DataFolder"] = folder, connectionString);

    private static string KeyFile(string folder) => Path.Combine(folder, "keys", "kek.json");
}
