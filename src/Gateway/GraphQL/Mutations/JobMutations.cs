using Microsoft.AspNetCore.Http;
using OptiInfra.Contracts.LiveMigrations;
using OptiInfra.GraphQL;

namespace OptiInfra.Gateway.GraphQL;

[MutationType]
static class JobMutations
{
    /// <summary>Submits a training job. The scout looks for a place at once, and moves it whenever that pays.</summary>
    [Error<CommandRefusedException>]
    public static Task<Job> SubmitJobAsync(
        JobSpecInput spec, string? customer, string? clientMutationId, HttpContext context, MigrationCommands commands, CancellationToken cancellationToken) =>
        commands.ExecuteForJobAsync(
            context, "submitJob", new(customer, clientMutationId), null,
            (caller, of, id) => new SubmitJob(id, of, caller.Name, spec.ToSpec(), caller.Person), cancellationToken);

    /// <summary>Moves a job that runs to the best place elsewhere, whether that saves anything or not.</summary>
    [Error<CommandRefusedException>]
    public static Task<Job> MigrateNowAsync(
        Guid id, string? customer, string? clientMutationId, HttpContext context, MigrationCommands commands, CancellationToken cancellationToken) =>
        commands.ExecuteForJobAsync(
            context, "migrateNow", new(customer, clientMutationId), id,
            (caller, _, job) => new MigrateNow(job, caller.Name), cancellationToken);

    /// <summary>Ends a job; its instances go away, its checkpoints stay.</summary>
    [Error<CommandRefusedException>]
    public static Task<Job> CancelJobAsync(
        Guid id, string reason, string? customer, string? clientMutationId, HttpContext context, MigrationCommands commands, CancellationToken cancellationToken) =>
        commands.ExecuteForJobAsync(
            context, "cancelJob", new(customer, clientMutationId), id,
            (caller, _, job) => new CancelJob(job, caller.Name, reason), cancellationToken);
}
