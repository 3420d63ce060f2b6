using OptiInfra.CloudSim.Hosting;
using OptiInfra.CloudSim.Instances;

namespace OptiInfra.CloudSim.Machines;

/// <summary>
/// The machines of those instances that were launched with user data; all others cost nothing. While there are any, a timer on the
/// wall's clock lets the cloud's time pass for them even if nobody calls. Used under the cloud's lock.
/// </summary>
public sealed class MachineRoom : IDisposable
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(50);

    private readonly Dictionary<string, Machine> _machines = new(StringComparer.Ordinal);
    private readonly CloudSimOptions _options;
    private readonly LoopbackNetwork _network;
    private readonly ITimer _timer;
    private readonly DataFolder _data;
    private string? _folder;

    /// <param name="look">Lets the cloud bring itself up to date, which calls <see cref="Follow"/>.</param>
    public MachineRoom(CloudSimOptions options, DataFolder data, ulong firstBlock, Action look)
    {
        _options = options;
        _data = data;
        _network = new LoopbackNetwork(firstBlock);
        _timer = options.Wall.CreateTimer(_ => look(), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Where the cloud is reached; known once it listens, and no machine starts before.</summary>
    public string? Endpoint { get; set; }

    public string NextAddress() => _network.Next();

    public void Add(Instance instance, byte[] script)
    {
        _folder ??= _data.NewFolder("instances");
        _machines.Add(instance.Id, new Machine(instance, script, Path.Combine(_folder, instance.Id)));
        _timer.Change(LookEvery, LookEvery);
    }

    /// <summary>The machine of the instance, or null where it was launched without user data.</summary>
    public Machine? Find(string instanceId) => _machines.GetValueOrDefault(instanceId);

    public void Follow(DateTimeOffset now)
    {
        if (_machines.Count == 0 || Endpoint is null)
        {
            return;
        }

        var setting = new MachineSetting(_options.Limits, _options.Namespaces ? ProcessIsolation.Prefix : [], Endpoint, _options.ClockSpeed);
        var over = true;
        foreach (var machine in _machines.Values)
        {
            if (!machine.Over)
            {
                machine.Follow(now, setting);
                over &= machine.Over;
            }
        }

        if (over)
        {
            _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Kills every process and forgets the machines.</summary>
    public void Clear()
    {
        foreach (var machine in _machines.Values)
        {
            machine.Dispose();
        }

        _machines.Clear();
        // the same instance ids come back after a reset; what those before them wrote is kept apart
        _folder = null;
    }

    public void Dispose()
    {
        _timer.Dispose();
        Clear();
        _network.Dispose();
    }
}
