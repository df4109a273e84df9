using Health.SimulationTests.Faults;
using Xunit.Runner.InProc.SystemConsole;

return args is ["faults", .. var rest] ? await FaultCampaign.Run(rest) : await ConsoleRunner.Run(args);
