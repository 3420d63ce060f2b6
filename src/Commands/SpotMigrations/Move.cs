using System.Collections.Immutable;
using OptiInfra.Contracts;

namespace OptiInfra.Commands.SpotMigrations;

/// <summary>Where one instance's move stands.</summary>
public enum MoveStatus
{
    /// <summary>Its phase has started, or an attempt failed: a pool is to be chosen.</summary>
    Waiting,
    /// <summary>The intent to launch is written.</summary>
    Starting,
    Launched,
    Migrated,
    Failed,
    Interrupted,
    ReturnedToOnDemand,
    RolledBack,
    Retired,
}

/// <summary>One attempt to launch a replacement.</summary>
public sealed record Attempt(int Number, CapacityPool Pool, decimal HourlyUsd, string ClientToken, DateTimeOffset StartedAt)
{
    public string? ReplacementId { get; init; }
    /// <summary>Why it came to nothing, if it did.</summary>
    public string? Failure { get; init; }
    public DateTimeOffset? MigratedAt { get; init; }
}

/// <summary>The move of one instance, from the start of its phase.</summary>
/// <param name="MigratedOrder">Ascending in the order in which traffic moved; 0 before that.</param>
public sealed record Move(string InstanceId, int Phase, MoveStatus Status, ImmutableList<Attempt> Attempts, int MigratedOrder)
{
    public Attempt? Current => Attempts.Count == 0 ? null : Attempts[^1];

    /// <summary>Nothing more will happen to it in this phase.</summary>
    public bool IsSettled => Status is MoveStatus.Migrated or MoveStatus.Failed or MoveStatus.ReturnedToOnDemand or MoveStatus.RolledBack or MoveStatus.Retired;

    /// <summary>A replacement of it was taken back, so its old machine serves again.</summary>
    public bool WasInterrupted => Attempts.Any(a => a.Failure == Interruption);

    /// <summary>The failure of an attempt whose replacement was taken back.</summary>
    public const string Interruption = "interrupted";

    public Move WithCurrent(Func<Attempt, Attempt> change) => this with { Attempts = Attempts.SetItem(Attempts.Count - 1, change(Attempts[^1])) };
}
