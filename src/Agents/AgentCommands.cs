using MassTransit;
using OptiInfra.Agents.Clouds;
using OptiInfra.Commands;
using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;
using OptiInfra.EventStore;

namespace OptiInfra.Agents;

/// <summary>How a consumer reads the migration that its message is about, and executes commands on it.</summary>
public sealed class AgentCommands(CommandExecutor executor, IDocumentStore store)
{
    static readonly TimeSpan CloudRetryInterval = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Executes a command in a transaction of its own. Its id comes from the message and the step, so that the message,
    /// delivered again, finds what was done.
    /// </summary>
    /// <param name="step">Unique among the steps that a message leads to.</param>
    public Task<CommandOutcome> ExecuteAsync(ConsumeContext context, string agent, string step, ICommand command)
    {
        var messageId = context.GetOriginalMessageId() ?? context.MessageId ?? throw new InvalidOperationException("A message without an id cannot be handled exactly once.");
        return executor.ExecuteAsync(
            command,
            new CommandContext(CommandIds.Derive(messageId, $"{agent}/{step}"), $"{agent}-agent", context.Session().TenantId, messageId, command.StreamId) { TraceParent = context.Session().Metadata.TraceParent },
            context.CancellationToken);
    }

    /// <summary>
    /// Executes a command once in the life of its migration, however many messages lead to it: a person is told once what does
    /// not succeed, not at every try.
    /// </summary>
    /// <param name="what">Unique among what the agent says once of a migration.</param>
    public Task<CommandOutcome> ExecuteOnceAsync(ConsumeContext context, string agent, string what, ICommand command) =>
        executor.ExecuteAsync(
            command,
            new CommandContext(CommandIds.Derive(command.StreamId, $"{agent}/once/{what}"), $"{agent}-agent", context.Session().TenantId, context.MessageId, command.StreamId) { TraceParent = context.Session().Metadata.TraceParent },
            context.CancellationToken);

    /// <summary>
    /// Handles a message that needs the cloud. While the cloud cannot be used, a person is told once and the message comes again, until
    /// the cloud answers or the migration has no use for it any more.
    /// </summary>
    /// <param name="handle">Everything that it does must bear to be done again; what it schedules comes last.</param>
    public Task WithCloudAsync<T>(ConsumeContext<T> context, string agent, Guid migrationId, Func<Task> handle) where T : class =>
        WithCloudAsync(context, handle, e => ExecuteOnceAsync(context, agent, "cloud/" + typeof(T).Name,
            new ReportAttentionNeeded(migrationId, agent, $"The {agent} agent cannot use the cloud and goes on trying: {e.Message}")));

    /// <inheritdoc cref="WithCloudAsync{T}(ConsumeContext{T}, string, Guid, Func{Task})"/>
    /// <param name="tell">Tells a person, once.</param>
    public static async Task WithCloudAsync<T>(ConsumeContext<T> context, Func<Task> handle, Func<Exception, Task> tell) where T : class
    {
        try
        {
            await handle().ConfigureAwait(false);
        }
        catch (Exception e) when (CloudFault.Is(e))
        {
            await tell(e).ConfigureAwait(false);
            await LaterAsync(context, CloudRetryInterval, context.Message).ConfigureAwait(false);
        }
    }

    /// <summary>The migration as it stands; null when it does not exist for this customer.</summary>
    public Task<SpotMigration?> LoadAsync(ConsumeContext context, Guid migrationId) => LoadAsync<SpotMigration>(context, migrationId);

    /// <summary>What a stream has come to; null when it does not exist for this customer.</summary>
    public async Task<T?> LoadAsync<T>(ConsumeContext context, Guid streamId) where T : class
    {
        var session = store.QuerySession(context.Session().TenantId);
        await using var _ = session.ConfigureAwait(false);
        return await session.Events.AggregateStreamAsync<T>(streamId, cancellationToken: context.CancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends the consumer's own endpoint a message later, by the injected clock, in the transaction of the message being handled.</summary>
    public static Task LaterAsync<T>(ConsumeContext context, TimeSpan delay, T message) where T : class =>
        context.ScheduleSend(context.ReceiveContext.InputAddress, delay, message);
}
