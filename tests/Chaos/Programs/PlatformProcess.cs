using System.Diagnostics;
using System.Globalization;
using Npgsql;
using OptiInfra.Chaos.Services;
using OptiInfra.Testing;

namespace OptiInfra.Chaos.Programs;

/// <summary>
/// One <c>optiinfra run</c> with a network of its own: gates stand between it and the two services. Ended by itself, it is
/// started again, as whatever runs it in earnest would.
/// </summary>
sealed class PlatformProcess : IAsyncDisposable
{
    readonly Dictionary<string, string> environment;
    readonly string roles;
    readonly TcpGate postgres;
    readonly TcpGate rabbitMq;
    readonly StreamWriter log;
    Process? process;
    bool wanted;

    /// <param name="environment">As for one process that has the services for itself.</param>
    public PlatformProcess(int number, string roles, IReadOnlyDictionary<string, string> environment, string logFolder)
    {
        (Number, this.roles) = (number, roles);
        LogPath = Path.Combine(logFolder, string.Create(CultureInfo.InvariantCulture, $"optiinfra-{number}.log"));
        log = new StreamWriter(new FileStream(LogPath, FileMode.Create, FileAccess.Write, FileShare.ReadWrite)) { AutoFlush = true };
        Name = string.Create(CultureInfo.InvariantCulture, $"optiinfra-{number}");
        var app = new NpgsqlConnectionStringBuilder(environment["OPTIINFRA_POSTGRES"]);
        var broker = new Uri(environment["OPTIINFRA_RABBITMQ"]);
        postgres = TcpGate.To(app.Host!, app.Port);
        rabbitMq = TcpGate.To(broker.Host, broker.Port);
        this.environment = new(environment)
        {
            ["OPTIINFRA_POSTGRES"] = Through(environment["OPTIINFRA_POSTGRES"]),
            ["OPTIINFRA_POSTGRES_OWNER"] = Through(environment["OPTIINFRA_POSTGRES_OWNER"]),
            ["OPTIINFRA_RABBITMQ"] = new UriBuilder(broker) { Host = "127.0.0.1", Port = rabbitMq.Port }.Uri.ToString(),
        };
    }

    public int Number { get; }
    /// <summary>The application name of its connections in PostgreSQL.</summary>
    public string Name { get; }
    public string LogPath { get; }
    /// <summary>How often it ended although nobody had killed it, and with which exit status.</summary>
    public IReadOnlyList<int> EndedByItself => ended;
    /// <summary>Held by whoever does something to the process that another must not meet.</summary>
    public SemaphoreSlim Turn { get; } = new(1);

    readonly List<int> ended = [];

    public void Start()
    {
        wanted = true;
        var started = new Process { StartInfo = OptiInfraProgram.StartInfo(["run", "--roles", .. roles.Split(' ')], environment), EnableRaisingEvents = true };
        started.OutputDataReceived += Write;
        started.ErrorDataReceived += Write;
        started.Exited += (_, _) => Exited(started);
        process = started;
        started.Start();
        started.BeginOutputReadLine();
        started.BeginErrorReadLine();
    }

    /// <summary>As <c>kill -9</c> does it; whatever it held in its memory is gone.</summary>
    public async Task KillAsync()
    {
        wanted = false;
        process!.Kill();
        await process.WaitForExitAsync();
    }

    public Task PauseAsync() => Signal.SendAsync("STOP", process!.Id);

    public Task ContinueAsync() => Signal.SendAsync("CONT", process!.Id);

    /// <summary>The network between the process and the services is broken and stays so until <see cref="Reconnect"/>.</summary>
    public void Cut(bool fromPostgres, bool fromRabbitMq)
    {
        if (fromPostgres)
            postgres.Close();
        if (fromRabbitMq)
            rabbitMq.Close();
    }

    public void Reconnect()
    {
        postgres.Open();
        rabbitMq.Open();
    }

    public async ValueTask DisposeAsync()
    {
        if (process is { HasExited: false })
            await KillAsync();
        process?.Dispose();
        await postgres.DisposeAsync();
        await rabbitMq.DisposeAsync();
        await log.DisposeAsync();
        Turn.Dispose();
    }

    void Exited(Process which)
    {
        if (!wanted || which != process)
            return;
        lock (ended)
            ended.Add(which.ExitCode);
        Write(this, string.Create(CultureInfo.InvariantCulture, $"chaos: ended by itself with {which.ExitCode}; started again"));
        Start();
    }

    string Through(string connectionString) => new NpgsqlConnectionStringBuilder(connectionString)
    {
        Host = "127.0.0.1",
        Port = postgres.Port,
        ApplicationName = Name,
        // three of them and the run itself stay under what the server allows
        MaxPoolSize = 60,
    }.ConnectionString;

    void Write(object sender, DataReceivedEventArgs line) => Write(sender, line.Data);

    void Write(object sender, string? line)
    {
        if (line is null)
            return;
        lock (log)
            if (log.BaseStream.CanWrite)
                log.WriteLine(line);
    }
}
