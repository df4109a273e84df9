using Health.Benchmarks;

return await BenchCommand.Run(args);
