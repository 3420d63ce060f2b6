using MassTransit;
using OptiInfra.Commands;
using OptiInfra.Contracts;
using OptiInfra.EventStore;

namespace OptiInfra.Sagas;

/// <summary>Where a saga's commands go.</summary>
public interface ISagaCommands
{
    Task<CommandOutcome> ExecuteAsync(ConsumeContext message, ICommand command, CommandContext context);
}

/// <summary>Executes them in the transaction that also holds the saga's state, its inbox row and its timers.</summary>
sealed class SagaCommands(CommandExecutor executor) : ISagaCommands
{
    public Task<CommandOutcome> ExecuteAsync(ConsumeContext message, ICommand command, CommandContext context) =>
        executor.ExecuteAsync(message.GetPayload<IDocumentSession>(), command, context, message.CancellationToken);
}
