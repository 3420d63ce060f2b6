using OptiInfra.Commands;
using OptiInfra.Commands.SpotMigrations;
using OptiInfra.EventStore;

namespace OptiInfra.Chaos.Judgement;

/// <summary>What was left when everything had come to rest: plain data, so that a judgement can be tried on a falsified copy.</summary>
sealed record Evidence
{
    /// <summary>Migrations that were requested.</summary>
    public required IReadOnlyList<Guid> Requested { get; init; }
    /// <summary>The log, straight from its table.</summary>
    public required IReadOnlyList<IEvent> Events { get; init; }
    /// <summary>Each stream folded, in any order.</summary>
    public required IReadOnlyList<SpotMigration> Migrations { get; init; }
    /// <summary>Sequences that a reader of the log was given while it all happened.</summary>
    public required IReadOnlyCollection<long> Followed { get; init; }
    /// <summary>Sequences that it was given twice, or out of order.</summary>
    public required IReadOnlyCollection<long> Misordered { get; init; }
    public required IReadOnlyList<RecordedCommand> Commands { get; init; }
    public required IReadOnlyList<Subscription> Subscriptions { get; init; }
    public required IReadOnlyList<Handled> Inbox { get; init; }
    public required IReadOnlyList<LeftMessage> LeftMessages { get; init; }
    public required IReadOnlyList<Launch> Launches { get; init; }
    public required IReadOnlyDictionary<string, Machine> Machines { get; init; }
    /// <summary>Read models as JSON with sorted keys, by type, customer and id, as they were built while it all happened.</summary>
    public required IReadOnlyDictionary<string, string> ReadModels { get; init; }
    /// <summary>The same, built from nothing afterwards.</summary>
    public required IReadOnlyDictionary<string, string> Rebuilt { get; init; }
    /// <summary>What <c>optiinfra audit verify</c> says.</summary>
    public required bool ChainIsIntact { get; init; }
    public required string ChainReport { get; init; }
}

/// <summary>An endpoint is to handle every event of a type.</summary>
sealed record Subscription(string Endpoint, Type EventType);

/// <summary>A row of the inbox.</summary>
sealed record Handled(string Endpoint, Guid MessageId);

/// <summary>A message in a queue where none should be: an error queue, or one that was never emptied.</summary>
sealed record LeftMessage(string Queue, string? MessageId, string Reason);

/// <summary>An instance that a RunInstances call launched, or found launched, under its token.</summary>
sealed record Launch(string ClientToken, string InstanceId);

/// <summary>An instance as the cloud has it now.</summary>
/// <param name="TakenBack">The cloud took it back by itself.</param>
sealed record Machine(string InstanceId, string State, double TrafficShare, bool TakenBack)
{
    public bool IsAlive => State is "running" or "pending";
}
