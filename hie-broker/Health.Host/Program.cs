using Health.Host;

await using var app = await HealthHost.Build(args);
await app.RunAsync();
