using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using OptiInfra.CloudSim.Instances;

namespace OptiInfra.CloudSim.Machines;

/// <summary>
/// The processes behind one instance. They start when the instance runs, and again whenever it is started again; they get SIGTERM
/// when it stops or shuts down and are dead before it is called stopped or terminated. Only <see cref="MachineRoom"/> uses it,
/// under the cloud's lock.
/// </summary>
public sealed class Machine(Instance instance, byte[] script, string folder) : IDisposable
{
    // the kernel needs milliseconds for this; a machine that is out of everything may need longer
    private static readonly TimeSpan DeathBound = TimeSpan.FromSeconds(10);

    private Process? _supervisor;
    private DateTimeOffset? _startedFor;
    private bool _asked;

    public Instance Instance => instance;

    public bool Runs => _supervisor is { HasExited: false };

    /// <summary>Nothing can happen any more: the instance has been terminated and its processes are gone.</summary>
    public bool Over { get; private set; }

    public string ConsolePath => Path.Combine(folder, "console.log");

    /// <summary>Brings the processes in line with the instance's state at the instant.</summary>
    public void Follow(DateTimeOffset now, MachineSetting setting)
    {
        switch (instance.StateAt(now))
        {
            case InstanceState.Running when _startedFor != instance.LaunchTime:
                _startedFor = instance.LaunchTime;
                Start(setting);
                break;
            case InstanceState.ShuttingDown or InstanceState.Stopping when instance.PowerCut:
                Kill();
                break;
            case InstanceState.ShuttingDown or InstanceState.Stopping when now >= instance.DeafUntil && !_asked:
                _asked = true;
                Say("stop");
                break;
            case InstanceState.Stopped:
                Kill();
                break;
            case InstanceState.Terminated:
                Kill();
                Over = true;
                break;
            default:
                break;
        }
    }

    /// <summary>Sends a signal to every process; the machine stays on. False where none runs.</summary>
    public bool Signal(string name) => Runs && Say("signal " + name);

    /// <summary>The end of what the processes wrote.</summary>
    /// <param name="most">Bytes.</param>
    public byte[] Console(int most)
    {
        if (!File.Exists(ConsolePath))
        {
            return [];
        }

        using var file = new FileStream(ConsolePath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        file.Seek(Math.Max(0, file.Length - most), SeekOrigin.Begin);
        var end = new byte[most];
        return end[..file.ReadAtLeast(end, most, throwOnEndOfStream: false)];
    }

    /// <summary>Returns when no process is left.</summary>
    public void Kill()
    {
        if (_supervisor is null)
        {
            return;
        }

        Say("kill");
        if (!_supervisor.WaitForExit(DeathBound))
        {
            _supervisor.Kill(entireProcessTree: true);
            _supervisor.WaitForExit();
        }

        _supervisor.Dispose();
        _supervisor = null;
    }

    public void Dispose() => Kill();

    private void Start(MachineSetting setting)
    {
        Kill();
        _asked = false;
        var home = Path.Combine(folder, "home");
        Directory.CreateDirectory(home);
        var scriptPath = Path.Combine(folder, "user-data");
        File.WriteAllBytes(scriptPath, script);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(scriptPath, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        var settings = Path.Combine(folder, "machine.json");
        File.WriteAllText(settings, Settings(setting.Limits, home, scriptPath));
        string[] words = [.. setting.Prefix, "python3", "-I", "-S", Path.Combine(AppContext.BaseDirectory, "supervisor.py"), settings];
        var start = new ProcessStartInfo(words[0], words[1..]) { UseShellExecute = false, RedirectStandardInput = true, WorkingDirectory = home };
        start.Environment.Clear();
        foreach (var (name, value) in setting.EnvironmentOf(instance, home))
        {
            start.Environment[name] = value;
        }

        try
        {
            _supervisor = Process.Start(start);
        }
        catch (Win32Exception error)
        {
            File.AppendAllText(ConsolePath, $"[machine] could not be started: {error.Message}\n");
        }
    }

    private string Settings(MachineLimits limits, string home, string scriptPath)
    {
        var processors = Enumerable.Range(0, Math.Min(limits.Processors, Environment.ProcessorCount))
            .Select(index => (instance.Ordinal + index) % Environment.ProcessorCount);
        return JsonSerializer.Serialize(new
        {
            home,
            script = scriptPath,
            console = ConsolePath,
            memoryBytes = limits.MemoryBytes,
            addressSpaceBytes = limits.AddressSpaceBytes,
            fileBytes = limits.FileBytes,
            processes = limits.Processes,
            processors = limits.Processors < Environment.ProcessorCount ? processors.ToArray() : [],
            niceness = limits.Niceness,
            seconds = (long)limits.WallTime.TotalSeconds,
        });
    }

    private bool Say(string command)
    {
        try
        {
            _supervisor?.StandardInput.WriteLine(command);
            _supervisor?.StandardInput.Flush();
            return _supervisor is not null;
        }
        catch (IOException)
        {
            // it is gone already, which is what every command comes to
            return false;
        }
    }
}
