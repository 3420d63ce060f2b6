using System.Text.Json;
using Microsoft.AspNetCore.Http;
using OptiInfra.Commands;
using OptiInfra.Contracts;
using OptiInfra.Contracts.LiveMigrations;
using OptiInfra.Contracts.SpotMigrations;
using OptiInfra.EventStore;
using OptiInfra.Gateway.Access;

namespace OptiInfra.Gateway.GraphQL;

/// <summary>Executes what a signed-in person commands, once for each client mutation id.</summary>
sealed class MigrationCommands(AccessGuard guard, CommandExecutor executor, IDocumentStore store, TimeProvider clock)
{
    /// <summary>Apart from the ids of messages, from which commands' ids are derived too.</summary>
    static readonly Guid Namespace = new("6f0d3c2e-8f3a-4c0e-9d7b-2f7c1c5f8a10");

    /// <param name="field">The mutation, as in the policy.</param>
    /// <param name="id">The migration; null asks for a new one.</param>
    /// <returns>The migration as its stream shows it, with what the command did to it.</returns>
    /// <exception cref="CommandRefusedException">The decider said no.</exception>
    public async Task<Migration> ExecuteAsync(
        HttpContext context, string field, MutationScope scope, Guid? id, Func<Caller, string, Guid, ISpotMigrationCommand> make, CancellationToken cancellationToken)
    {
        var (customer, migrationId) = await CommandAsync(context, field, scope, id, "migration", make, cancellationToken);
        return await MigrationHistory.ReadAsync(store, customer, migrationId, cancellationToken)
            ?? throw new InvalidOperationException($"Migration {migrationId} was commanded and is not there.");
    }

    /// <summary>The same, for a training job.</summary>
    /// <inheritdoc cref="ExecuteAsync"/>
    public async Task<Job> ExecuteForJobAsync(
        HttpContext context, string field, MutationScope scope, Guid? id, Func<Caller, string, Guid, ILiveMigrationCommand> make, CancellationToken cancellationToken)
    {
        var (customer, jobId) = await CommandAsync(context, field, scope, id, "job", make, cancellationToken);
        return await JobStreams.ReadAsync(store, customer, jobId, cancellationToken)
            ?? throw new InvalidOperationException($"Job {jobId} was commanded and is not there.");
    }

    /// <param name="kind">What a new one is, in its id.</param>
    async Task<(string Customer, Guid Id)> CommandAsync(
        HttpContext context, string field, MutationScope scope, Guid? id, string kind, Func<Caller, string, Guid, ICommand> make, CancellationToken cancellationToken)
    {
        var operation = $"Mutation.{field}";
        var customer = guard.RequireCustomer(context, operation, scope.Customer);
        var caller = context.RequiredCaller();
        var commandId = scope.ClientMutationId is { Length: > 0 } given
            ? CommandIds.Derive(Namespace, $"{customer}\n{caller.Id}\n{field}\n{id}\n{Checked(given)}")
            : Guid.CreateVersion7(clock.GetUtcNow());
        var streamId = id ?? CommandIds.Derive(commandId, kind);
        var outcome = await executor.ExecuteAsync(Storable(make(caller, customer, streamId)), new CommandContext(commandId, caller.Id, customer), cancellationToken);
        if (outcome is CommandOutcome.Refused refused)
        {
            guard.Record(context, caller, operation, refused);
            throw new CommandRefusedException(refused.Code, refused.Reason);
        }

        return (customer, streamId);
    }

    // an event with it could be appended, and no read model could take it
    static ICommand Storable(ICommand command) =>
        JsonSerializer.Serialize(command, command.GetType(), ContractsJson.Options).Contains("\\u0000", StringComparison.Ordinal)
            ? throw FieldAccess.BadInput("A text must not hold the character U+0000.")
            : command;

    static string Checked(string clientMutationId) => clientMutationId.Length <= 200
        ? clientMutationId
        : throw FieldAccess.BadInput($"clientMutationId has at most 200 characters; it has {clientMutationId.Length}.");
}

/// <param name="Customer">Null for the request's own.</param>
/// <param name="ClientMutationId">The same one twice has one effect; null has one each time.</param>
readonly record struct MutationScope(string? Customer, string? ClientMutationId);
