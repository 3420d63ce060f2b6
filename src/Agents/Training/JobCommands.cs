using MassTransit;
using OptiInfra.Agents.Clouds;
using OptiInfra.Commands;
using OptiInfra.Commands.LiveMigrations;
using OptiInfra.Contracts.LiveMigrations;
using OptiInfra.Contracts.SpotMigrations;
using OptiInfra.EventStore;

namespace OptiInfra.Agents.Training;

/// <summary>How a consumer reads the job that its message is about, and executes commands on it.</summary>
public sealed class JobCommands(AgentCommands commands, IDocumentStore store)
{
    static readonly TimeSpan CloudRetryInterval = TimeSpan.FromSeconds(15);

    /// <inheritdoc cref="AgentCommands.ExecuteAsync"/>
    public Task<CommandOutcome> ExecuteAsync(ConsumeContext context, string agent, string step, ILiveMigrationCommand command) =>
        commands.ExecuteAsync(context, agent, step, command);

    /// <summary>The job as it stands; null when it does not exist for this customer.</summary>
    public async Task<TrainingJob?> LoadAsync(ConsumeContext context, Guid jobId)
    {
        var session = store.QuerySession(Tenant(context));
        await using var _ = session.ConfigureAwait(false);
        return await session.Events.AggregateStreamAsync<TrainingJob>(jobId, cancellationToken: context.CancellationToken).ConfigureAwait(false);
    }

    public Task<string> TokenAsync(ConsumeContext context, Guid jobId) =>
        TrainerToken.OfAsync(store, Tenant(context), jobId, context.CancellationToken);

    public static string Tenant(ConsumeContext context) => context.GetPayload<IDocumentSession>().TenantId;

    /// <summary>Tells a person once in the life of the job.</summary>
    public Task SayOnceAsync(ConsumeContext context, Guid jobId, string step, string reason) =>
        commands.ExecuteOnceAsync(context, AgentNames.Training, step, new ReportJobAttention(jobId, step, reason));

    /// <summary>
    /// Handles a message that needs the cloud. While the cloud cannot be used, a person is told once and the message comes
    /// again, until the cloud answers or the job has no use for it any more.
    /// </summary>
    /// <param name="handle">Everything that it does must bear to be done again; what it schedules comes last.</param>
    public async Task WithCloudAsync<T>(ConsumeContext<T> context, Guid jobId, Func<Task> handle) where T : class
    {
        try
        {
            await handle().ConfigureAwait(false);
        }
        catch (Exception e) when (CloudFault.Is(e))
        {
            await SayOnceAsync(context, jobId, "cloud/" + typeof(T).Name, $"The cloud cannot be used and is tried on: {e.Message}").ConfigureAwait(false);
            await AgentCommands.LaterAsync(context, CloudRetryInterval, context.Message).ConfigureAwait(false);
        }
    }
}
