using Microsoft.AspNetCore.Http;
using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts.LiveMigrations;
using OptiInfra.Contracts.SpotMigrations;
using OptiInfra.EventStore;
using OptiInfra.Gateway.Access;
using OptiInfra.GraphQL;
using OptiInfra.Replay;

namespace OptiInfra.Gateway.GraphQL;

/// <summary>Decides again what is in the log; changes nothing.</summary>
[MutationType]
static class ReplayMutations
{
    /// <summary>What other rules would have made of a migration's recorded inputs, and what the log cannot tell.</summary>
    /// <param name="policy">Rules that differ from the migration's own.</param>
    [Error<CommandRefusedException>, UseMutationConvention(PayloadFieldName = "report")]
    public static async Task<WhatIfReport> WhatIfAsync(
        Guid id, MigrationPolicyInput policy, string? customer, HttpContext context, AccessGuard guard, IDocumentStore store, CancellationToken cancellationToken)
    {
        await using var session = store.QuerySession(guard.RequireCustomer(context, "Mutation.whatIf", customer));
        var events = await session.Events.FetchStreamAsync(id, cancellationToken: cancellationToken);
        var rules = policy.ToPolicy(events is [{ Data: MigrationRequested requested }, ..] ? requested.Policy : throw Unknown(id));
        if (PolicyRules.Broken(rules) is { } broken)
            throw new CommandRefusedException("invalid_policy", $"The policy cannot be used: {broken}");
        return WhatIf.Run([.. events.Select(e => e.Data)], rules);
    }

    /// <summary>Takes every decision of a migration or training job again from the log, by deciders, agents, scout and saga, and tells those that come out otherwise.</summary>
    [Error<CommandRefusedException>, UseMutationConvention(PayloadFieldName = "report")]
    public static async Task<ReplayReport> ReplayMigrationAsync(
        Guid id, string? customer, HttpContext context, AccessGuard guard, IDocumentStore store, CancellationToken cancellationToken)
    {
        await using var session = store.QuerySession(guard.RequireCustomer(context, "Mutation.replayMigration", customer));
        if (await session.Events.FetchStreamAsync(id, version: 1, cancellationToken: cancellationToken) is not [{ Data: MigrationRequested or JobSubmitted }, ..])
            throw Unknown(id);
        await using var replay = await MigrationReplay.StartAsync(session, cancellationToken);
        var decisions = await replay.RunAsync(id, cancellationToken);
        return new ReplayReport(
            id, decisions.Count, decisions.Count(d => d.Difference is null && d.NotInLog is null),
            [.. decisions.Where(d => d.Difference is not null)], [.. decisions.Where(d => d.NotInLog is not null)]);
    }

    static CommandRefusedException Unknown(Guid id) => new("unknown_migration", $"There is no migration {id}.");
}

/// <summary>What came of deciding again.</summary>
/// <param name="Same">How many came out as recorded, byte for byte.</param>
/// <param name="Differences">Those that came out otherwise; none is how it should be.</param>
/// <param name="NotInLog">Those whose inputs the log does not hold, and which.</param>
sealed record ReplayReport(Guid MigrationId, int Decisions, int Same, IReadOnlyList<ReplayedDecision> Differences, IReadOnlyList<ReplayedDecision> NotInLog);
