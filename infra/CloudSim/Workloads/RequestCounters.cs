using OptiInfra.CloudSim.Draws;
using OptiInfra.CloudSim.Faults;
using OptiInfra.CloudSim.Instances;

namespace OptiInfra.CloudSim.Workloads;

/// <summary>
/// What an instance has served since its application came up. A pure function of the seed, the instance and the facts about it
/// (when it served, with whom it shared, how it was degraded), worked out in ticks of five seconds of the cloud's clock and kept,
/// so that reading the page often or seldom gives the same figures.
/// </summary>
public sealed class RequestCounters
{
    public static readonly TimeSpan Tick = TimeSpan.FromSeconds(5);

    // a 95th percentile lies this many standard deviations above the median
    private const double NormalP95 = 1.6448536269514722;

    private readonly long _seed;
    private readonly Instance _instance;
    private readonly double _errorPhase;
    private long _nextTick;
    private double _errorsDue;
    private long _errorStratum;
    private double _nextErrorAt;

    public RequestCounters(long seed, Instance instance, DateTimeOffset from)
    {
        _seed = seed;
        _instance = instance;
        _nextTick = (long)Math.Ceiling((double)from.ToUnixTimeMilliseconds() / Tick.TotalMilliseconds);
        _errorPhase = Draw.Uniform(seed, "error-phase", instance.Id);
        PlanNextError();
    }

    public Histogram Http { get; } = new(LatencyEdges.Http);

    public Histogram EndToEnd { get; } = new(LatencyEdges.VllmEndToEnd);

    public Histogram FirstToken { get; } = new(LatencyEdges.VllmFirstToken);

    public long Succeeded { get; private set; }

    public long Failed { get; private set; }

    /// <summary>Requests cut off at their token limit; part of <see cref="Succeeded"/>.</summary>
    public long StoppedByLength { get; private set; }

    public long PromptTokens { get; private set; }

    public long GenerationTokens { get; private set; }

    /// <summary>Requests under way at the end of the last tick, by Little's law.</summary>
    public double InFlight { get; private set; }

    /// <summary>Works out every tick that has ended by the instant.</summary>
    public void AdvanceTo(DateTimeOffset now, Degradations degradations)
    {
        var tickMs = (long)Tick.TotalMilliseconds;
        for (; (_nextTick + 1) * tickMs <= now.ToUnixTimeMilliseconds(); _nextTick++)
        {
            Serve(_nextTick, DateTimeOffset.FromUnixTimeMilliseconds(_nextTick * tickMs), degradations);
        }
    }

    private void Serve(long tick, DateTimeOffset at, Degradations degradations)
    {
        var share = _instance.Group.ShareOf(_instance, at);
        if (share <= 0)
        {
            InFlight = 0;
            return;
        }

        var workload = _instance.Workload;
        var harm = degradations.On(_instance, at);
        var errorRate = Math.Min(1, workload.ErrorRate + harm.AddedErrorRate);
        var median = workload.P95Seconds * harm.LatencyFactor / Math.Exp(NormalP95 * workload.LatencySigma);
        var rate = workload.RequestsPerSecond * share * _instance.Group.Shape.Rate(at);
        var draws = new DrawSequence(_seed, "requests", _instance.Id, tick);
        var arrivals = draws.Poisson(rate * Tick.TotalSeconds);
        var busy = 0.0;
        for (var request = 0; request < arrivals; request++)
        {
            var latency = median * Math.Exp(workload.LatencySigma * draws.Normal());
            busy += latency;
            Http.Observe(latency);
            var failed = Fails(errorRate);
            if (_instance.Type.Accelerated)
            {
                ObserveGeneration(ref draws, latency, failed);
            }

            if (failed)
            {
                Failed++;
            }
            else
            {
                Succeeded++;
            }
        }

        InFlight = busy / Tick.TotalSeconds;
    }

    private void ObserveGeneration(ref DrawSequence draws, double httpLatency, bool failed)
    {
        // the proxy in front adds a couple of milliseconds; the first token takes about a tenth of a request
        var endToEnd = Math.Max(0.0005, httpLatency - 0.002);
        EndToEnd.Observe(endToEnd);
        FirstToken.Observe(endToEnd * (0.06 + (0.08 * draws.Uniform())));
        PromptTokens += 400 + (long)(1_200 * draws.Uniform());
        GenerationTokens += (long)Math.Max(1, endToEnd * 60);
        if (!failed && draws.Uniform() < 0.2)
        {
            StoppedByLength++;
        }
    }

    /// <summary>
    /// One request in every 1/rate fails, at a random place within each such stretch. Spreading errors this way keeps two short
    /// windows of a healthy workload within one error of each other, so a difference means that something changed.
    /// </summary>
    private bool Fails(double errorRate)
    {
        _errorsDue += errorRate;
        if (_errorsDue < _nextErrorAt)
        {
            return false;
        }

        _errorStratum++;
        PlanNextError();
        return true;
    }

    private void PlanNextError() =>
        _nextErrorAt = _errorStratum + ((_errorPhase + Draw.Uniform(_seed, "error", _instance.Id, _errorStratum)) % 1.0);
}
