using MassTransit;
using OptiInfra.Commands;
using OptiInfra.Contracts;

namespace OptiInfra.Sagas;

/// <summary>What every state machine does at each of its steps.</summary>
static class SagaSteps
{
    /// <summary>Executes a command in the transaction that also holds the saga's state, its inbox row and its timers.</summary>
    /// <param name="waitedFor">Tells apart commands of one type that one message may lead to; null where there is one.</param>
    public static Task<CommandOutcome> ExecuteAsync<TSaga>(this ISagaCommands commands, BehaviorContext<TSaga> context, ICommand command, string customerId, Enum? waitedFor)
        where TSaga : class, SagaStateMachineInstance
    {
        var id = context.Saga.CorrelationId;
        var messageId = context.MessageId ?? throw new InvalidOperationException($"A message without an id reached the saga {id}.");
        var step = $"saga/{command.GetType().Name}{(waitedFor is null ? "" : $"/{waitedFor}")}";
        return commands.ExecuteAsync(context, command, new CommandContext(CommandIds.Derive(messageId, step), "saga", customerId, messageId, id));
    }

    /// <summary>What is left until an instant of the injected clock, also when the message that names it comes late.</summary>
    public static TimeSpan Until(this TimeProvider clock, DateTimeOffset instant)
    {
        var left = instant - clock.GetUtcNow();
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }
}
