using MassTransit;
using OptiInfra.Commands;
using OptiInfra.Commands.LiveMigrations;
using OptiInfra.Contracts.LiveMigrations;
using OptiInfra.Contracts.SpotMigrations;
using OptiInfra.EventStore;

namespace OptiInfra.Agents.Training;

/// <summary>How a consumer reads the job that its message is about, and executes commands on it.</summary>
public sealed class JobCommands(AgentCommands commands, IDocumentStore store)
{
    static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(250);

    /// <inheritdoc cref="AgentCommands.ExecuteAsync"/>
    public Task<CommandOutcome> ExecuteAsync(ConsumeContext context, string agent, string step, ILiveMigrationCommand command) =>
        commands.ExecuteAsync(context, agent, step, command);

    /// <summary>The job as it stands; null when it does not exist for this customer.</summary>
    public Task<TrainingJob?> LoadAsync(ConsumeContext context, Guid jobId) => commands.LoadAsync<TrainingJob>(context, jobId);

    public Task<string> TokenAsync(ConsumeContext context, Guid jobId) =>
        TrainerToken.OfAsync(store, Tenant(context), jobId, context.CancellationToken);

    /// <summary>
    /// The pause before the next look at something that has been waited for so long: a quarter of that, so that what is soon over is
    /// soon seen, and what lasts is not asked about all the time.
    /// </summary>
    public static TimeSpan PauseAfter(TimeSpan waited, TimeSpan longest) => TimeSpan.FromTicks(Math.Clamp(waited.Ticks / 4, ShortestPause.Ticks, longest.Ticks));

    public static string Tenant(ConsumeContext context) => context.GetPayload<IDocumentSession>().TenantId;

    /// <summary>Tells a person once in the life of the job.</summary>
    public Task SayOnceAsync(ConsumeContext context, Guid jobId, string step, string reason) =>
        commands.ExecuteOnceAsync(context, AgentNames.Training, step, new ReportJobAttention(jobId, step, reason));

    /// <inheritdoc cref="AgentCommands.WithCloudAsync{T}(ConsumeContext{T}, string, Guid, Func{Task})"/>
    public Task WithCloudAsync<T>(ConsumeContext<T> context, Guid jobId, Func<Task> handle) where T : class =>
        AgentCommands.WithCloudAsync(context, handle, e => SayOnceAsync(context, jobId, "cloud/" + typeof(T).Name, $"The cloud cannot be used and is tried on: {e.Message}"));
}
