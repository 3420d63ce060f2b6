using System.Text.Json.Serialization;

namespace OptiInfra.CloudSim.Faults;

/// <summary>Something that goes wrong, as a scenario file or the control API asks for it.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(CapacityFault), "capacity")]
[JsonDerivedType(typeof(InterruptionFault), "interruption")]
[JsonDerivedType(typeof(DegradeFault), "degrade")]
[JsonDerivedType(typeof(BootFault), "boot")]
[JsonDerivedType(typeof(RefuseTerminationFault), "refuse-termination")]
[JsonDerivedType(typeof(SlowTerminationFault), "slow-termination")]
[JsonDerivedType(typeof(RebalanceFault), "rebalance")]
[JsonDerivedType(typeof(SignalFault), "signal")]
[JsonDerivedType(typeof(ApiFault), "api-error")]
[JsonDerivedType(typeof(S3Fault), "s3")]
[JsonDerivedType(typeof(PlacementScoreFault), "placement-score")]
[JsonDerivedType(typeof(SpotPriceFault), "spot-price")]
public abstract record Fault
{
    /// <summary>Seconds of the cloud's clock until it begins: from now in the control API, from the clock's origin in a scenario file.</summary>
    public double AfterSeconds { get; init; }

    /// <summary>Seconds of the cloud's clock that it lasts; null means until it is taken back.</summary>
    public double? ForSeconds { get; init; }

    /// <summary>How many calls or launches it hits before it ends; null means all.</summary>
    public int? Calls { get; init; }

    /// <summary>A sentence saying what is wrong with the request, or null.</summary>
    public virtual string? Objection() =>
        AfterSeconds < 0 ? "afterSeconds must not be negative"
        : ForSeconds < 0 ? "forSeconds must not be negative"
        : Calls < 1 ? "calls must be at least 1"
        : null;
}

/// <summary>Launches in these pools fail with InsufficientInstanceCapacity.</summary>
public sealed record CapacityFault : Fault
{
    public PoolSelector Pool { get; init; } = new();
}

/// <summary>These spot instances get an interruption notice and are taken away after it.</summary>
public sealed record InterruptionFault : Happening
{
    /// <summary>Seconds between notice and termination; AWS gives 120 at best. With 0 the processes are killed at once.</summary>
    public double NoticeSeconds { get; init; } = 120;

    public override string? Objection() => NoticeSeconds < 0 ? "noticeSeconds must not be negative" : base.Objection();
}

/// <summary>These instances answer more slowly, or with more errors.</summary>
public sealed record DegradeFault : Fault
{
    public InstanceSelector Instances { get; init; } = new();

    /// <summary>Every latency is multiplied by this.</summary>
    public double LatencyFactor { get; init; } = 1;

    /// <summary>Fraction of requests that fail on top of the usual.</summary>
    public double ErrorRate { get; init; }

    public override string? Objection() =>
        LatencyFactor <= 0 ? "latencyFactor must be above 0"
        : ErrorRate is < 0 or > 1 ? "errorRate must be from 0 to 1"
        : base.Objection();
}

/// <summary>Instances launched in these pools come up late, unseen or not at all.</summary>
public sealed record BootFault : Fault
{
    public PoolSelector Pool { get; init; } = new();

    /// <summary>Seconds in pending instead of the usual.</summary>
    public double? BootSeconds { get; init; }

    /// <summary>Seconds from running until the application answers.</summary>
    public double? WarmupSeconds { get; init; }

    /// <summary>The machine runs but its application never answers and its status checks fail.</summary>
    public bool NeverHealthy { get; init; }

    /// <summary>Seconds until Describe calls know the new instance: EC2 is eventually consistent.</summary>
    public double HiddenSeconds { get; init; }
}

/// <summary>Terminating these instances is refused with OperationNotPermitted.</summary>
public sealed record RefuseTerminationFault : Fault
{
    public InstanceSelector Instances { get; init; } = new();
}

/// <summary>Calls of an API fail with a given error, or take effect and lose their answer.</summary>
public sealed record ApiFault : Fault
{
    /// <summary>The action, with wildcards: RunInstances, Describe*.</summary>
    public string Action { get; init; } = "*";

    public string Code { get; init; } = "InternalError";

    public int Status { get; init; } = 500;

    public string Message { get; init; } = "An internal error has occurred.";

    /// <summary>The call takes effect, then the connection breaks before the answer: the caller cannot know.</summary>
    public bool LoseResponse { get; init; }

    public override string? Objection() => Status is < 400 or > 599 ? "status must be from 400 to 599" : base.Objection();
}

/// <summary>Fixes the spot placement score of these pools.</summary>
public sealed record PlacementScoreFault : Fault
{
    public PoolSelector Pool { get; init; } = new();

    public int Score { get; init; } = 1;

    public override string? Objection() => Score is < 1 or > 10 ? "score must be from 1 to 10" : base.Objection();
}

/// <summary>Multiplies the spot price of these pools; the result still stays at or under the on-demand price.</summary>
public sealed record SpotPriceFault : Fault
{
    public PoolSelector Pool { get; init; } = new();

    public double Factor { get; init; } = 1;

    public override string? Objection() => Factor <= 0 ? "factor must be above 0" : base.Objection();
}
