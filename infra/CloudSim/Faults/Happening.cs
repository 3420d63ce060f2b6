using System.Text.RegularExpressions;

namespace OptiInfra.CloudSim.Faults;

/// <summary>A fault that happens to instances once, at the instant at which it begins.</summary>
public abstract record Happening : Fault
{
    public InstanceSelector Instances { get; init; } = new();
}

/// <summary>These spot instances get a rebalance recommendation; they go on running.</summary>
public sealed record RebalanceFault : Happening;

/// <summary>Every process of these instances gets a signal; the instances go on running.</summary>
public sealed partial record SignalFault : Happening
{
    /// <summary>A name such as KILL, TERM, STOP or CONT.</summary>
    public string Signal { get; init; } = "KILL";

    public override string? Objection() =>
        Known().IsMatch(Signal) ? base.Objection() : "signal must be one of KILL, TERM, INT, HUP, STOP, CONT, USR1 and USR2";

    [GeneratedRegex("^(?:KILL|TERM|INT|HUP|STOP|CONT|USR1|USR2)$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Known();
}

/// <summary>
/// Terminating these instances is accepted, but they stay in shutting-down for longer, and until the last moments of it their
/// processes go on as if nothing had been said.
/// </summary>
public sealed record SlowTerminationFault : Fault
{
    public InstanceSelector Instances { get; init; } = new();

    /// <summary>Seconds in addition to the usual.</summary>
    public double Seconds { get; init; } = 300;

    public override string? Objection() => Seconds < 0 ? "seconds must not be negative" : base.Objection();
}
