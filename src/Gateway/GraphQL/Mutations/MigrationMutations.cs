using Microsoft.AspNetCore.Http;
using OptiInfra.Contracts.SpotMigrations;
using OptiInfra.Gateway.Access;
using OptiInfra.GraphQL;

namespace OptiInfra.Gateway.GraphQL;

/// <summary>
/// What can be commanded. A refusal is an error of the payload; else the payload shows the effect at once. The same
/// clientMutationId of the same caller has one effect, and gives the first answer again.
/// </summary>
[MutationType]
static class MigrationMutations
{
    /// <summary>Asks for a fleet to be analysed and moved to spot capacity; nothing moves before the plan is approved.</summary>
    /// <param name="fleet">All running instances of the region where it is left out.</param>
    /// <param name="policy">Rules that differ from the defaults.</param>
    [Error<CommandRefusedException>]
    public static Task<Migration> RequestSpotMigrationAsync(
        FleetInput? fleet, MigrationPolicyInput? policy, string? customer, string? clientMutationId, HttpContext context, MigrationCommands commands, CancellationToken cancellationToken) =>
        commands.ExecuteAsync(
            context, "requestSpotMigration", new(customer, clientMutationId), null,
            (caller, of, id) => new RequestMigration(id, of, caller.Name, (fleet ?? new()).ToFleet(), (policy ?? new()).ToPolicy(new MigrationPolicy()), caller.Person), cancellationToken);

    /// <summary>Approves exactly the plan of this hash.</summary>
    [Error<CommandRefusedException>]
    public static Task<Migration> ApproveMigrationAsync(
        Guid id, string planHash, string? customer, string? clientMutationId, HttpContext context, MigrationCommands commands, CancellationToken cancellationToken) =>
        commands.ExecuteAsync(
            context, "approveMigration", new(customer, clientMutationId), id,
            (caller, _, migration) => new ApproveMigration(migration, planHash, caller.Name, Approver: caller.Person), cancellationToken);

    [Error<CommandRefusedException>]
    public static Task<Migration> RejectMigrationAsync(
        Guid id, string reason, string? customer, string? clientMutationId, HttpContext context, MigrationCommands commands, CancellationToken cancellationToken) =>
        commands.ExecuteAsync(
            context, "rejectMigration", new(customer, clientMutationId), id,
            (caller, _, migration) => new RejectMigration(migration, caller.Name, reason), cancellationToken);

    /// <summary>Ends a migration; what has moved is moved back.</summary>
    [Error<CommandRefusedException>]
    public static Task<Migration> CancelMigrationAsync(
        Guid id, string reason, string? customer, string? clientMutationId, HttpContext context, MigrationCommands commands, CancellationToken cancellationToken) =>
        commands.ExecuteAsync(
            context, "cancelMigration", new(customer, clientMutationId), id,
            (caller, _, migration) => new CancelMigration(migration, caller.Name, reason), cancellationToken);

    /// <summary>Lets a paused rollout go on: its quality is watched again or, for approvers, taken as good.</summary>
    [Error<CommandRefusedException>]
    public static Task<Migration> ResumeMigrationAsync(
        Guid id, bool? acceptQuality, string? customer, string? clientMutationId, HttpContext context, AccessGuard guard, MigrationCommands commands, CancellationToken cancellationToken)
    {
        var accept = acceptQuality ?? false;
        if (accept)
            guard.Require(context, "ResumeMigrationInput.acceptQuality");
        return commands.ExecuteAsync(
            context, accept ? "acceptQuality" : "resumeMigration", new(customer, clientMutationId), id,
            (caller, _, migration) => new ResumeMigration(migration, caller.Name, accept), cancellationToken);
    }
}
