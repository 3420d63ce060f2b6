namespace OptiInfra.CloudSim.Hosting;

/// <summary>A mistake in what the program was given; the message is one line for the person at the terminal.</summary>
public sealed class StartupException(string message) : Exception(message);
