using OptiInfra.CloudSim.Hosting;

return await CommandLine.RunAsync(args);
