using Health.Host.Commands;

// Before anything may use a regular expression: one that a request can steer (FHIRPath matches) must end in bounded time.
AppDomain.CurrentDomain.SetData("REGEX_DEFAULT_MATCH_TIMEOUT", TimeSpan.FromSeconds(2));
return await HealthCommand.Run(args);
