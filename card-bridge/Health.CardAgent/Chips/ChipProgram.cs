using System.Text.Json.Serialization;
using Health.CardAgent.Api;

namespace Health.CardAgent.Chips;

/// <summary>
/// <c>Health.CardAgent chip --folder DIR [--image FILE] [--vpcd-port 35963] [--control-port 8095] [--delay-ms 0] --Agent:Development=true</c>:
/// a virtual chip on a virtual reader, with its control on loopback.
/// </summary>
public static class ChipProgram
{
    public static async Task<int> Run(string[] args)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        var settings = builder.Configuration;
        if (!settings.GetValue("Agent:Development", false)) return await Usage("A virtual chip exists only in Development: add --Agent:Development=true.");
        if (settings["folder"] is not { Length: > 0 } folder || !Directory.Exists(folder)) return await Usage("Name the folder of the chip images: chip --folder DIR.");
        builder.WebHost.UseUrls($"http://127.0.0.1:{settings.GetValue("control-port", 8095)}");
        builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.Converters.Add(new JsonStringEnumConverter()));
        builder.Services.AddProblemDetails();
        await using var chip = new VpcdChip(settings.GetValue("vpcd-port", 35963), TimeSpan.FromMilliseconds(settings.GetValue("delay-ms", 0)), TimeProvider.System);
        await using var app = builder.Build();
        app.UseExceptionHandler();
        app.UseMiddleware<LoopbackOnly>();
        ChipControl.Map(app, chip, folder);
        if (settings["image"] is { Length: > 0 } image) await chip.Insert(Path.Combine(folder, Path.GetFileName(image)), default);
        await app.StartAsync();
        Console.WriteLine($"ready chip control {string.Join(' ', app.Urls)}");
        await app.WaitForShutdownAsync();
        return 0;
    }

    private static async Task<int> Usage(string text)
    {
        await Console.Error.WriteLineAsync(text);
        return 2;
    }
}
