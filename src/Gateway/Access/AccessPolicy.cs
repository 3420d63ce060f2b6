using System.Collections.Frozen;
using System.Text.Json;
using OptiInfra.Contracts.Access;

namespace OptiInfra.Gateway.Access;

/// <summary>Whether something is allowed, and why not.</summary>
public abstract record AccessVerdict
{
    AccessVerdict() { }

    public sealed record Allowed : AccessVerdict;

    /// <param name="Code">Stable, snake_case, for programs.</param>
    /// <param name="Reason">For people; says nothing about other customers.</param>
    public sealed record Denied(string Code, string Reason) : AccessVerdict;

    public static AccessVerdict Yes { get; } = new Allowed();

    public static Denied No(string code, string reason) => new(code, reason);
}

/// <summary>Which role each operation needs. What is not in the table nobody may do.</summary>
public static class AccessPolicy
{
    static readonly FrozenDictionary<string, Role> Needed = new Dictionary<string, Role>(StringComparer.Ordinal)
    {
        ["Page.migrations"] = Role.Viewer,
        ["Page.migration"] = Role.Viewer,
        ["Page.jobs"] = Role.Viewer,
        ["Page.job"] = Role.Viewer,
        ["Page.graphiql"] = Role.Viewer,

        ["Query.me"] = Role.Viewer,
        ["Query.migrations"] = Role.Viewer,
        ["Query.migration"] = Role.Viewer,
        ["Query.opportunities"] = Role.Viewer,
        ["Query.agents"] = Role.Viewer,
        ["Query.savingsByMonth"] = Role.Viewer,
        ["Query.savingsByTeam"] = Role.Viewer,
        ["Query.events"] = Role.Viewer,
        ["Query.migrationAsOf"] = Role.Viewer,
        ["Query.explain"] = Role.Viewer,
        ["Query.job"] = Role.Viewer,
        ["Query.jobs"] = Role.Viewer,
        ["Query.relay"] = Role.Operator,
        ["Query.projections"] = Role.Operator,
        ["Query.tokens"] = Role.Admin,

        ["Mutation.requestSpotMigration"] = Role.Operator,
        ["Mutation.cancelMigration"] = Role.Operator,
        ["Mutation.resumeMigration"] = Role.Operator,
        ["Mutation.replayMigration"] = Role.Operator,
        ["Mutation.whatIf"] = Role.Operator,
        ["Mutation.submitJob"] = Role.Operator,
        ["Mutation.migrateNow"] = Role.Operator,
        ["Mutation.cancelJob"] = Role.Operator,
        ["Mutation.approveMigration"] = Role.Approver,
        ["Mutation.rejectMigration"] = Role.Approver,
        // accepting a phase's quality on one's own word is an approval
        ["ResumeMigrationInput.acceptQuality"] = Role.Approver,
        ["Mutation.rebuildProjection"] = Role.Admin,

        ["Subscription.migrationChanged"] = Role.Viewer,
        ["Subscription.migrationsChanged"] = Role.Viewer,
        ["Subscription.eventAppended"] = Role.Viewer,
        ["Subscription.jobChanged"] = Role.Viewer,
        ["Subscription.jobsChanged"] = Role.Viewer,

        // rules of a requested policy that take the approval away from others
        ["MigrationPolicyInput.autoApprove"] = Role.Admin,
        ["MigrationPolicyInput.requesterMayApprove"] = Role.Admin,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Type and field, for example <c>Mutation.approveMigration</c>.</summary>
    public static IReadOnlyCollection<string> Operations => Needed.Keys;

    /// <summary>The role that an operation needs; null for one that is not in the table.</summary>
    public static Role? RoleFor(string operation) => Needed.TryGetValue(operation, out var role) ? role : null;

    /// <summary>Admin includes all; operator and approver include viewer, and not each other.</summary>
    public static bool Includes(Role held, Role needed) => held == needed || held is Role.Admin || needed is Role.Viewer;

    /// <param name="operation">Type and field, for example <c>Mutation.approveMigration</c>.</param>
    public static AccessVerdict Decide(Caller? caller, string operation)
    {
        if (caller is null)
            return AccessVerdict.No("not_signed_in", "Sign in first, or send a token as `Authorization: Bearer …`.");
        if (!Needed.TryGetValue(operation, out var role))
            return AccessVerdict.No("not_permitted", $"{operation} is open to nobody: no role is named for it.");
        return caller.Has(role)
            ? AccessVerdict.Yes
            : AccessVerdict.No("role_needed", $"{operation} needs the role {Word(role)}; {caller.Name} has {string.Join(", ", caller.Roles.Select(Word))}.");
    }

    internal static string Word(Role role) => JsonNamingPolicy.SnakeCaseLower.ConvertName(role.ToString());
}
