using OptiInfra.Contracts.Access;
using OptiInfra.Gateway.Access;

namespace OptiInfra.Gateway.Tests.Access;

/// <summary>Every operation with every role. The expectation is written out here: it must not be computed by the rule that it checks.</summary>
public sealed class RoleMatrixTests
{
    // v viewer, o operator, p approver, a admin: who may
    static readonly Dictionary<string, string> WhoMay = new(StringComparer.Ordinal)
    {
        ["Page.migrations"] = "vopa",
        ["Page.migration"] = "vopa",
        ["Page.jobs"] = "vopa",
        ["Page.job"] = "vopa",
        ["Page.graphiql"] = "vopa",
        ["Query.me"] = "vopa",
        ["Query.migrations"] = "vopa",
        ["Query.migration"] = "vopa",
        ["Query.opportunities"] = "vopa",
        ["Query.agents"] = "vopa",
        ["Query.savingsByMonth"] = "vopa",
        ["Query.savingsByTeam"] = "vopa",
        ["Query.events"] = "vopa",
        ["Query.migrationAsOf"] = "vopa",
        ["Query.explain"] = "vopa",
        ["Query.job"] = "vopa",
        ["Query.jobs"] = "vopa",
        ["Query.relay"] = "oa",
        ["Query.projections"] = "oa",
        ["Query.tokens"] = "a",
        ["Mutation.requestSpotMigration"] = "oa",
        ["Mutation.cancelMigration"] = "oa",
        ["Mutation.resumeMigration"] = "oa",
        ["Mutation.replayMigration"] = "oa",
        ["Mutation.whatIf"] = "oa",
        ["Mutation.submitJob"] = "oa",
        ["Mutation.migrateNow"] = "oa",
        ["Mutation.cancelJob"] = "oa",
        ["Mutation.approveMigration"] = "pa",
        ["Mutation.rejectMigration"] = "pa",
        ["ResumeMigrationInput.acceptQuality"] = "pa",
        ["Mutation.rebuildProjection"] = "a",
        ["Subscription.migrationChanged"] = "vopa",
        ["Subscription.migrationsChanged"] = "vopa",
        ["Subscription.eventAppended"] = "vopa",
        ["Subscription.jobChanged"] = "vopa",
        ["Subscription.jobsChanged"] = "vopa",
        ["MigrationPolicyInput.autoApprove"] = "a",
        ["MigrationPolicyInput.requesterMayApprove"] = "a",
    };

    static readonly Dictionary<Role, char> Letters = new() { [Role.Viewer] = 'v', [Role.Operator] = 'o', [Role.Approver] = 'p', [Role.Admin] = 'a' };

    public static TheoryData<string, Role> Matrix()
    {
        var cells = new TheoryData<string, Role>();
        foreach (var operation in WhoMay.Keys)
            foreach (var role in Letters.Keys)
                cells.Add(operation, role);
        return cells;
    }

    static Caller With(params Role[] roles) => new()
    {
        Id = "key:kim", Name = "kim", TokenId = Guid.NewGuid(), Kind = TokenKind.ApiKey, Roles = roles, Customers = ["acme"], ExpiresAt = DateTimeOffset.MaxValue,
    };

    [Theory]
    [MemberData(nameof(Matrix))]
    public void an_operation_is_allowed_to_whom_the_table_names(string operation, Role role)
    {
        var verdict = AccessPolicy.Decide(With(role), operation);
        if (WhoMay[operation].Contains(Letters[role], StringComparison.Ordinal))
            Assert.IsType<AccessVerdict.Allowed>(verdict);
        else
            Assert.Equal("role_needed", Assert.IsType<AccessVerdict.Denied>(verdict).Code);
    }

    [Fact]
    public void every_operation_of_the_policy_is_in_the_matrix_and_no_other() =>
        Assert.Equal(AccessPolicy.Operations.Order(StringComparer.Ordinal), WhoMay.Keys.Order(StringComparer.Ordinal));

    [Fact]
    public void without_a_role_or_without_sign_in_nothing_is_allowed()
    {
        foreach (var operation in AccessPolicy.Operations)
        {
            Assert.Equal("role_needed", Assert.IsType<AccessVerdict.Denied>(AccessPolicy.Decide(With(), operation)).Code);
            Assert.Equal("not_signed_in", Assert.IsType<AccessVerdict.Denied>(AccessPolicy.Decide(null, operation)).Code);
        }
    }

    [Fact]
    public void what_is_not_in_the_table_nobody_may_do() =>
        Assert.Equal("not_permitted", Assert.IsType<AccessVerdict.Denied>(AccessPolicy.Decide(With([.. Letters.Keys]), "Mutation.dropEverything")).Code);

    [Fact]
    public void who_operates_and_approves_may_do_both_but_nothing_of_an_admin()
    {
        var both = With(Role.Operator, Role.Approver);
        foreach (var (operation, letters) in WhoMay)
            Assert.Equal(letters != "a", AccessPolicy.Decide(both, operation) is AccessVerdict.Allowed);
    }

    [Fact]
    public void a_refusal_names_the_role_that_is_needed() =>
        Assert.Equal("Mutation.approveMigration needs the role approver; kim has operator.", Assert.IsType<AccessVerdict.Denied>(AccessPolicy.Decide(With(Role.Operator), "Mutation.approveMigration")).Reason);
}
