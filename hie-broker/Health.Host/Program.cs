using Health.Host.Commands;

return await HealthCommand.Run(args);
