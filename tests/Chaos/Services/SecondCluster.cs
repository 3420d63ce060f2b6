using OptiInfra.Testing;

namespace OptiInfra.Chaos.Services;

/// <summary>A PostgreSQL cluster beside the one that is in use, made anew; infra/services.sh is told that RabbitMQ is there already.</summary>
sealed class SecondCluster : IAsyncDisposable
{
    readonly string folder;
    readonly IReadOnlyDictionary<string, string> environment;

    SecondCluster(string folder, IReadOnlyDictionary<string, string> environment)
    {
        (this.folder, this.environment) = (folder, environment);
        var settings = TestServices.ReadFile(Path.Combine(folder, "services.env"));
        (AppConnectionString, OwnerConnectionString) = (settings["OPTIINFRA_POSTGRES"], settings["OPTIINFRA_POSTGRES_OWNER"]);
    }

    public string AppConnectionString { get; }
    public string OwnerConnectionString { get; }

    public static async Task<SecondCluster> StartAsync(string folder)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["OPTIINFRA_RABBITMQ"] = TestServices.RabbitMq.ToString(),
            ["OPTIINFRA_RABBITMQ_MANAGEMENT"] = TestServices.RabbitMqManagement.ToString(),
        };
        Directory.CreateDirectory(folder);
        // one that an interrupted run left
        await ServicesScript.RunAsync(folder, "stop", environment);
        if (TestServices.ReadFile(Path.Combine(folder, "ports.env")).GetValueOrDefault("POSTGRES_HOME") is { } home && Directory.Exists(home))
            Directory.Delete(home, recursive: true);
        await ServicesScript.RunAsync(folder, "start", environment);
        return new SecondCluster(folder, environment);
    }

    public async ValueTask DisposeAsync() => await ServicesScript.RunAsync(folder, "stop", environment);
}
