using OptiInfra.Contracts.LiveMigrations;

namespace OptiInfra.Agents.Training;

/// <summary>The services of trainers, as infra/training/README.md describes them. No call throws for a trainer that does not answer.</summary>
public interface ITrainers
{
    Task<TrainerAnswer<TrainerReport>> HealthAsync(string address, CancellationToken cancellationToken = default);

    /// <summary>Asks for a checkpoint and waits until it is written.</summary>
    Task<TrainerAnswer<TrainerCheckpoint>> CheckpointAsync(string address, string token, CancellationToken cancellationToken = default);

    /// <summary>Makes a trainer in standby the one that writes; one that is that already says so.</summary>
    Task<TrainerAnswer<TrainerReport>> PromoteAsync(string address, string token, CancellationToken cancellationToken = default);
}

/// <summary>What a trainer answered.</summary>
/// <param name="Value">Null where it did not, or refused.</param>
/// <param name="Problem">Why; null where there is a value.</param>
/// <param name="IsFinal">Asking again will not help: it is fenced, or does not know the token.</param>
public sealed record TrainerAnswer<T>(T? Value, string? Problem, bool IsFinal) where T : class;
