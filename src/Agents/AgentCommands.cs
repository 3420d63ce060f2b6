using MassTransit;
using OptiInfra.Commands;
using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts.SpotMigrations;
using OptiInfra.EventStore;

namespace OptiInfra.Agents;

/// <summary>How a consumer reads the migration that its message is about, and executes commands on it.</summary>
public sealed class AgentCommands(CommandExecutor executor, IDocumentStore store)
{
    /// <summary>
    /// Executes a command in a transaction of its own. Its id comes from the message and the step, so that the message,
    /// delivered again, finds what was done.
    /// </summary>
    /// <param name="step">Unique among the steps that a message leads to.</param>
    public Task<CommandOutcome> ExecuteAsync(ConsumeContext context, string agent, string step, ISpotMigrationCommand command)
    {
        var messageId = context.GetOriginalMessageId() ?? context.MessageId ?? throw new InvalidOperationException("A message without an id cannot be handled exactly once.");
        return executor.ExecuteAsync(
            command,
            new CommandContext(CommandIds.Derive(messageId, $"{agent}/{step}"), $"{agent}-agent", context.Session().TenantId, messageId, command.MigrationId),
            context.CancellationToken);
    }

    /// <summary>The migration as it stands; null when it does not exist for this customer.</summary>
    public async Task<SpotMigration?> LoadAsync(ConsumeContext context, Guid migrationId)
    {
        var session = store.QuerySession(context.Session().TenantId);
        await using var _ = session.ConfigureAwait(false);
        return await session.Events.AggregateStreamAsync<SpotMigration>(migrationId, cancellationToken: context.CancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends the consumer's own endpoint a message later, by the injected clock, in the transaction of the message being handled.</summary>
    public static Task LaterAsync<T>(ConsumeContext context, TimeSpan delay, T message) where T : class =>
        context.ScheduleSend(context.ReceiveContext.InputAddress, delay, message);
}
