using System.Diagnostics;
using Health.Adapters.Sources;
using Health.IntegrationTests.Platform;
using Microsoft.Extensions.DependencyInjection;

namespace Health.IntegrationTests.Adapters;

/// <summary>Source profiles while the platform runs.</summary>
public sealed class A_profile_that_is_written(Database database) : IAsyncLifetime
{
    private Hospital hospital = null!;

    public async ValueTask InitializeAsync() => hospital = await Hospital.Open(database);

    public ValueTask DisposeAsync() => hospital.DisposeAsync();

    private SourceRegistry Sources => hospital.Host.Services.GetRequiredService<SourceRegistry>();

    [Fact]
    public async Task counts_without_a_restart_and_one_that_is_taken_away_counts_no_more()
    {
        Assert.Equal("AR", (await hospital.Send(Hospital.FromLab("L1"))).Get("MSA-1"));
        await hospital.Lab("{}");
        await Until(() => Sources.ById("lab") is not null);
        Assert.Equal("AA", (await hospital.Send(Hospital.FromLab("L2"))).Get("MSA-1"));
        await hospital.Lab("""{"versions":["2.4"]}""");
        await Until(() => Sources.ById("lab")!.Protocol.Versions is not null);
        Assert.Equal("AR", (await hospital.Send(Hospital.FromLab("L3"))).Get("MSA-1"));
        File.Delete(FileOf("lab"));
        await Until(() => Sources.ById("lab") is null);
        Assert.Equal("AR", (await hospital.Send(Hospital.FromLab("L4"))).Get("MSA-1"));
        Assert.Equal("AA", (await hospital.Send(Hospital.Registration("M1"))).Get("MSA-1"));
    }

    [Fact]
    public async Task wrongly_changes_nothing_and_readiness_says_what_is_wrong_until_it_is_mended()
    {
        var municipal = Sources.ById("mych");
        await File.WriteAllTextAsync(FileOf("lab"), """{"id":"lab","institutionCode":"MY510703H001","sendingFacility":"LAB","door":"pigeon"}""");
        await Until(async () => (await Ready()).Contains("lab.json", StringComparison.Ordinal));
        Assert.StartsWith("ready\n", await Ready(), StringComparison.Ordinal);
        Assert.Contains("door is 'pigeon'", await Ready(), StringComparison.Ordinal);
        Assert.Null(Sources.ById("lab"));
        Assert.Equal("AA", (await hospital.Send(Hospital.Registration("M1"))).Get("MSA-1"));

        await hospital.Lab("{}");
        await Until(async () => (await Ready()).Contains("source-profiles: 3 in use", StringComparison.Ordinal));
        Assert.Same(municipal, Sources.ById("mych"));
        Assert.Equal("AA", (await hospital.Send(Hospital.FromLab("L1"))).Get("MSA-1"));
    }

    [Fact]
    public async Task for_a_folder_of_files_is_watched_from_then_on_at_the_new_place_only()
    {
        var (one, two) = (Directory.CreateDirectory(Path.Combine(hospital.Folder, "one")).FullName, Directory.CreateDirectory(Path.Combine(hospital.Folder, "two")).FullName);
        await Drop(one);
        await Until(() => Sources.ById("drop") is not null);
        await File.WriteAllTextAsync(Path.Combine(one, "a.hl7"), Message("F1"));
        await hospital.UntilDone(1);
        await Drop(two);
        await Until(() => Sources.ById("drop")!.FileDrop!.Folder == two);
        await File.WriteAllTextAsync(Path.Combine(one, "b.hl7"), Message("F2"));
        await File.WriteAllTextAsync(Path.Combine(two, "c.hl7"), Message("F3"));
        await hospital.UntilDone(2);
        Assert.True(File.Exists(Path.Combine(one, "b.hl7")));
    }

    private static string Message(string controlId) => Hospital.Registration(controlId, sender: "FIL|DROP");

    private Task Drop(string folder) => File.WriteAllTextAsync(
        FileOf("drop"),
        $$"""{"id":"drop","institutionCode":"MY510703H001","sendingApplication":"FIL","sendingFacility":"DROP","door":"file","fileDrop":{"folder":"{{folder}}","intervalSeconds":0.1,"stableSeconds":0} }""");

    private string FileOf(string id) => Path.Combine(hospital.Folder, "sources", $"{id}.json");

    private Task<string> Ready() => hospital.Host.Http.GetStringAsync("/health/ready");

    private static Task Until(Func<bool> condition) => Until(() => Task.FromResult(condition()));

    private static async Task Until(Func<Task<bool>> condition)
    {
        var since = Stopwatch.StartNew();
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!await condition())
        {
            if (since.Elapsed > TimeSpan.FromSeconds(40)) Assert.Fail("It did not come about within 40 s.");
            await again.WaitForNextTickAsync();
        }
    }
}
