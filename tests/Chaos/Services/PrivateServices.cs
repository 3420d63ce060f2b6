using System.Globalization;
using OptiInfra.Testing;

namespace OptiInfra.Chaos.Services;

/// <summary>
/// PostgreSQL and RabbitMQ for one run alone, since they are killed and started again: private instances of
/// infra/services.sh in a folder of their own.
/// </summary>
sealed class PrivateServices : IAsyncDisposable
{
    readonly SemaphoreSlim script = new(1);
    readonly FileStream turn;
    readonly Dictionary<string, string?> before = new(StringComparer.Ordinal);

    PrivateServices(string folder, FileStream turn) => (Folder, this.turn) = (folder, turn);

    public string Folder { get; }

    /// <summary>Starts them and lets <see cref="TestServices"/> of this process find them.</summary>
    /// <exception cref="InvalidOperationException">They did not start, or another run uses the folder; the message says why.</exception>
    public static async Task<PrivateServices> StartAsync(string folder)
    {
        Directory.CreateDirectory(folder);
        FileStream turn;
        try
        {
            turn = new FileStream(Path.Combine(folder, "chaos.lock"), FileMode.OpenOrCreate, FileAccess.Write, FileShare.None);
        }
        catch (IOException e)
        {
            throw new InvalidOperationException($"Another chaos run uses {folder}; wait for its end, or set OPTIINFRA_CHAOS_DIR to another folder.", e);
        }

        var services = new PrivateServices(folder, turn);
        try
        {
            await services.ScriptAsync("start");
            if (services.Setting("POSTGRES_KIND") != "private" || services.Setting("RABBITMQ_KIND") != "private")
                throw new InvalidOperationException("The chaos run kills its own PostgreSQL and RabbitMQ and needs both as Debian packages: apt-get install postgresql rabbitmq-server");
        }
        catch
        {
            await services.DisposeAsync();
            throw;
        }

        foreach (var (name, value) in TestServices.ReadFile(Path.Combine(folder, "services.env")))
        {
            services.before[name] = Environment.GetEnvironmentVariable(name);
            Environment.SetEnvironmentVariable(name, value);
        }

        return services;
    }

    /// <summary>As a crash of the machine would, without its disk's losses: no checkpoint, every connection gone, recovery at the start.</summary>
    public async Task CrashPostgresAsync()
    {
        var pid = (await File.ReadAllLinesAsync(Path.Combine(Setting("POSTGRES_HOME")!, "data", "postmaster.pid")))[0].Trim();
        // SIGQUIT is PostgreSQL's immediate shutdown
        await Signal.SendAsync("QUIT", int.Parse(pid, CultureInfo.InvariantCulture));
        await Signal.GoneAsync(int.Parse(pid, CultureInfo.InvariantCulture));
        await ScriptAsync("start");
    }

    public async Task KillRabbitMqAsync()
    {
        var pid = int.Parse((await File.ReadAllTextAsync(Path.Combine(Folder, "rabbitmq", "last.pid"))).Trim(), CultureInfo.InvariantCulture);
        await Signal.SendAsync("KILL", pid);
        await Signal.GoneAsync(pid);
        await ScriptAsync("start");
    }

    public async ValueTask DisposeAsync()
    {
        // whoever comes after in this process has services of its own
        foreach (var (name, value) in before)
            Environment.SetEnvironmentVariable(name, value);
        await ScriptAsync("stop");
        await turn.DisposeAsync();
        script.Dispose();
    }

    string? Setting(string name) => TestServices.ReadFile(Path.Combine(Folder, "ports.env")).GetValueOrDefault(name);

    async Task ScriptAsync(string command)
    {
        await script.WaitAsync();
        try
        {
            await ServicesScript.RunAsync(Folder, command);
        }
        finally
        {
            script.Release();
        }
    }
}
