using System.Globalization;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Chaos.Fleets;

/// <summary>What is meant to become of a migration, were it not for the faults.</summary>
enum Course
{
    /// <summary>Approved by policy, moved, old instances retired.</summary>
    Smooth,
    /// <summary>Approved by a person.</summary>
    Approved,
    /// <summary>The plan is turned down.</summary>
    Rejected,
    /// <summary>Its replacements serve worse, so that it rolls back.</summary>
    Degraded,
    /// <summary>A person cancels it once instances have moved.</summary>
    Cancelled,
    /// <summary>The cloud takes a replacement back.</summary>
    Interrupted,
}

/// <summary>A small fleet of one customer, and the migration that is asked for it.</summary>
sealed record ChaosFleet(int Number, Guid MigrationId, string Customer, Course Course, IReadOnlyList<FleetMachine> Machines)
{
    /// <summary>Value of the tag <c>fleet</c>.</summary>
    public string Name => string.Create(CultureInfo.InvariantCulture, $"fleet-{Number:000}");

    /// <summary>Waits so long that no outage of seconds, hours by the fast clock, sets them off; windows so short that a run of minutes holds many.</summary>
    public MigrationPolicy Policy => new()
    {
        AutoApprove = Course is not (Course.Approved or Course.Rejected),
        Lookback = TimeSpan.FromDays(2),
        BaselineWindow = TimeSpan.FromMinutes(2),
        MonitoringWindows = [TimeSpan.FromMinutes(3), TimeSpan.FromMinutes(3), TimeSpan.FromMinutes(3)],
        AnalysisTimeout = TimeSpan.FromDays(2),
        VoteTimeout = TimeSpan.FromDays(2),
        LaunchTimeout = TimeSpan.FromHours(12),
        PhaseTimeout = TimeSpan.FromDays(2),
        MeasurementTimeout = TimeSpan.FromDays(2),
        RollbackTimeout = TimeSpan.FromDays(2),
        ApprovalValidFor = TimeSpan.FromDays(30),
        WatchInterval = TimeSpan.FromMinutes(4),
        MaxPriceDriftFraction = 0.5m,
    };

    /// <summary>Fleets of 2 to 4 machines, each course among every ten of them at least once.</summary>
    public static IReadOnlyList<ChaosFleet> Draw(int count, Random random) =>
    [
        .. Enumerable.Range(1, count).Select(number => new ChaosFleet(
            number, Guid.CreateVersion7(), string.Create(CultureInfo.InvariantCulture, $"customer-{number % 5}"),
            (number % 10) switch { 1 => Course.Degraded, 3 => Course.Cancelled, 5 => Course.Approved, 7 => Course.Interrupted, 9 when number % 20 == 9 => Course.Rejected, _ => Course.Smooth },
            [.. Enumerable.Range(1, random.Next(2, 5)).Select(machine => FleetMachine.Draw(number, machine, random))])),
    ];
}

/// <summary>An on-demand instance that can well run on spot.</summary>
sealed record FleetMachine(string InstanceId, string InstanceType, string Zone, int RequestsPerSecond, int CpuPercent)
{
    static readonly string[] Types = ["m5.xlarge", "c5.2xlarge", "m5.2xlarge"];
    static readonly string[] Zones = ["us-east-1a", "us-east-1b", "us-east-1c"];

    public static FleetMachine Draw(int fleet, int machine, Random random) => new(
        string.Create(CultureInfo.InvariantCulture, $"i-0c4a05{fleet:x6}{machine:x5}"),
        Types[random.Next(Types.Length)], Zones[random.Next(Zones.Length)], random.Next(20, 40), random.Next(35, 55));
}
