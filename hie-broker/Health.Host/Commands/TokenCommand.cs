using System.CommandLine;

namespace Health.Host.Commands;

/// <summary><c>health token</c>: an access token of a demo client, as the last line.</summary>
public static class TokenCommand
{
    public static Command Create()
    {
        var command = new Command("token", "Prints an access token of a demo client as its last line. 取得演示客户端的访问令牌");
        var platform = new PlatformAddress.Options();
        var client = new Option<string>("--client") { Description = "Client id, e.g. demo-hospital.", Required = true };
        var scope = new Option<string?>("--scope") { Description = "Scopes to ask for; all registered ones when left out." };
        command.Options.Add(client);
        command.Options.Add(scope);
        platform.AddTo(command);
        command.SetAction(async (parsed, ct) =>
        {
            var token = await PlatformClient.Token(platform.Read(parsed), parsed.GetValue(client)!, parsed.GetValue(scope), ct);
            Terminal.WriteLine($"# {parsed.GetValue(client)}, {token.Lifetime.TotalMinutes:0} minutes, scope {token.Scope}");
            Terminal.WriteLine(token.Value);
            return 0;
        });
        return command;
    }
}
