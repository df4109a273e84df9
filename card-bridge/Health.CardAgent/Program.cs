using Health.CardAgent;
using Health.CardAgent.Api;
using Health.CardAgent.Chips;
using Health.CardAgent.Desk;
using Health.CardAgent.Readers;

switch (args.FirstOrDefault())
{
    case "chip":
        return await ChipProgram.Run(args[1..]);
    case "reader":
        return await ReaderProgram.Run();
}

WebApplication app;
try
{
    app = AgentHost.Build(args);
    await app.StartAsync();
}
catch (Exception wrong) when (wrong is InvalidDataException or InvalidOperationException or IOException)
{
    await Console.Error.WriteLineAsync(wrong.Message);
    return 2;
}
var pairing = app.Services.GetRequiredService<Pairing>();
Console.WriteLine($"ready desk {app.Services.GetRequiredService<DeskFeed>().Now.DeskId} {string.Join(' ', app.Urls)} pairing-code {pairing.Code} token-file {pairing.TokenFile}");
await app.WaitForShutdownAsync();
await app.DisposeAsync();
return 0;
