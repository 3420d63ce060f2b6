namespace OptiInfra.Contracts.SpotMigrations;

/// <summary>Which instances a migration looks at. Empty lists mean all running instances of the region.</summary>
public sealed record FleetSelector
{
    public IReadOnlyList<string> InstanceIds { get; init; } = [];
    /// <summary>Tags that an instance must carry, with these values.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();
}

/// <summary>The rules of one migration, recorded with it. Fractions are 0..1.</summary>
public sealed record MigrationPolicy
{
    /// <summary>Shares of the planned instances that have moved after each phase, cumulative, ascending, the last 1.</summary>
    public IReadOnlyList<decimal> PhaseFractions { get; init; } = [0.10m, 0.50m, 1.00m];
    /// <summary>How long quality is watched after each phase.</summary>
    public IReadOnlyList<TimeSpan> MonitoringWindows { get; init; } = [TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(15)];
    /// <summary>How long the baseline is taken before the first vote.</summary>
    public TimeSpan BaselineWindow { get; init; } = TimeSpan.FromMinutes(5);
    /// <summary>The least share of a phase's instances that must have moved.</summary>
    public decimal MinSuccessFraction { get; init; } = 0.95m;
    /// <summary>The most that quality may degrade (see QualityGate).</summary>
    public double MaxDegradation { get; init; } = 0.05;
    /// <summary>The least number of requests on each side of a comparison.</summary>
    public long MinRequests { get; init; } = 1000;
    /// <summary>Error rates below this count as this, so that one error more on a quiet service is no catastrophe.</summary>
    public double ErrorRateFloor { get; init; } = 0.01;
    /// <summary>Approve by policy, without asking a person.</summary>
    public bool AutoApprove { get; init; }
    /// <summary>Whoever requested the migration may approve its plan too. Like <see cref="AutoApprove"/>, of those who are signed in only an admin may ask for it.</summary>
    public bool RequesterMayApprove { get; init; }
    public TimeSpan ApprovalValidFor { get; init; } = TimeSpan.FromHours(24);
    /// <summary>How far a pool's spot price may rise above the approved one and still be bought.</summary>
    public decimal MaxPriceDriftFraction { get; init; } = 0.10m;
    /// <summary>Over how long spot prices and utilisation are looked back at.</summary>
    public TimeSpan Lookback { get; init; } = TimeSpan.FromDays(7);
    /// <summary>An instance moves only if it saves at least this share of its on-demand price, interruptions paid for.</summary>
    public decimal MinSavingFraction { get; init; } = 0.15m;
    /// <summary>How long a replacement takes from notice to traffic; what is paid twice at each interruption.</summary>
    public TimeSpan Changeover { get; init; } = TimeSpan.FromMinutes(10);
    /// <summary>What one interruption costs besides double pay (operators, cold caches), in USD.</summary>
    public decimal InterruptionCostUsd { get; init; } = 1.00m;
    /// <summary>The most of a target's CPU or memory that the workload's 95th percentile may use.</summary>
    public double MaxTargetUtilisation { get; init; } = 0.80;
    /// <summary>The least hours of utilisation history on which an instance is judged.</summary>
    public int MinUtilisationHours { get; init; } = 30;
    /// <summary>How many candidate pools a plan keeps for each instance.</summary>
    public int CandidatePools { get; init; } = 6;
    /// <summary>The largest share of planned instances that may sit in one pool before diversification is asked for.</summary>
    public decimal MaxPoolFraction { get; init; } = 0.50m;
    /// <summary>Placement score (1..10) under which a pool is not used.</summary>
    public int MinPlacementScore { get; init; } = 3;
    /// <summary>The agents that must vote.</summary>
    public IReadOnlyList<string> Voters { get; init; } = [AgentNames.Cost, AgentNames.Performance, AgentNames.Resource, AgentNames.Application];
    public TimeSpan AnalysisTimeout { get; init; } = TimeSpan.FromMinutes(30);
    public TimeSpan VoteTimeout { get; init; } = TimeSpan.FromMinutes(30);
    /// <summary>How long a launched replacement may take to become healthy.</summary>
    public TimeSpan LaunchTimeout { get; init; } = TimeSpan.FromMinutes(10);
    public TimeSpan PhaseTimeout { get; init; } = TimeSpan.FromMinutes(60);
    /// <summary>How long the Application agent may take to answer when a window ends.</summary>
    public TimeSpan MeasurementTimeout { get; init; } = TimeSpan.FromMinutes(10);
    /// <summary>How long a rollback or the retirement of the old instances may take before a person is called.</summary>
    public TimeSpan RollbackTimeout { get; init; } = TimeSpan.FromMinutes(60);
    /// <summary>The most that a pool of an approved plan may cost when it is bought, USD per hour.</summary>
    public decimal HighestHourlyUsd(CandidatePool approved) => Math.Max(approved.MeanHourlyUsd, approved.CurrentHourlyUsd) * (1 + MaxPriceDriftFraction);

    /// <summary>How often replacements are looked at for interruption notices; well under the cloud's two minutes.</summary>
    public TimeSpan WatchInterval { get; init; } = TimeSpan.FromSeconds(20);
}

public static class AgentNames
{
    public const string Cost = "cost";
    public const string Performance = "performance";
    public const string Resource = "resource";
    public const string Application = "application";
    /// <summary>Launches, hands over and retires the trainers of jobs.</summary>
    public const string Training = "training";
    /// <summary>Says where jobs run.</summary>
    public const string Scout = "scout";
}
