using System.Text.Json;
using OptiInfra.Contracts.Access;
using OptiInfra.Projections.Tests;

namespace OptiInfra.Gateway.Tests.GraphQL;

/// <summary>Explaining, replaying and asking what if: all from the log, none of it changes anything.</summary>
public sealed class ReplayFieldTests : IAsyncLifetime
{
    const string Explain = "query Why($id: UUID!, $instance: String) { explain(id: $id, instanceId: $instance) { status reasons { version kind text } } }";

    GatewayFixture gateway = null!;
    readonly MigrationStory degraded = new MigrationStory(Guid.CreateVersion7()).DegradedInPhase(2).RolledBack();

    public async ValueTask InitializeAsync()
    {
        gateway = await GatewayFixture.StartAsync();
        await gateway.AppendAsync(degraded);
    }

    public ValueTask DisposeAsync() => gateway.DisposeAsync();

    async Task<List<(string Kind, string Text)>> ReasonsAsync(string? instance)
    {
        var data = await gateway.Client.DataAsync(Explain, new { id = degraded.Id, instance });
        Assert.Equal("ROLLED_BACK", data.GetProperty("explain").GetProperty("status").GetString());
        return [.. data.GetProperty("explain").GetProperty("reasons").EnumerateArray().Select(r => (r.GetProperty("kind").GetString()!, r.GetProperty("text").GetString()!))];
    }

    [Fact]
    public async Task why_an_instance_stayed_moved_or_came_back_is_told_by_its_events()
    {
        Assert.Equal([("fleet_analyzed", "It was refused (protected): optiinfra:protected is true."), ("approval_requested", "It is not in the plan that was put up for approval.")], await ReasonsAsync("i-8"));
        var excluded = await ReasonsAsync("i-6");
        Assert.Contains(excluded, reason => reason.Kind == "agent_rejected" && reason.Text.Contains("placement score 2 of 10", StringComparison.Ordinal));
        var moved = await ReasonsAsync("i-1");
        Assert.Equal("instance_rolled_back", moved[^1].Kind);
        Assert.Contains(moved, reason => reason.Kind == "quality_measured");
        Assert.Equal(("fleet_analyzed", "It was not among the instances that were analysed."), (await ReasonsAsync("i-99"))[0]);
    }

    [Fact]
    public async Task why_a_rollout_stopped_is_told_by_its_gate()
    {
        var reasons = await ReasonsAsync(null);
        Assert.Contains(reasons, reason => reason.Kind == "quality_degraded");
        Assert.Equal("migration_rolled_back", reasons[^1].Kind);
        var unknown = await gateway.Client.DataAsync(Explain, new { id = Guid.CreateVersion7() });
        Assert.Equal(JsonValueKind.Null, unknown.GetProperty("explain").ValueKind);
    }

    [Fact]
    public async Task other_rules_are_tried_on_what_was_recorded()
    {
        const string query = """
            mutation Other($id: UUID!, $policy: MigrationPolicyInput!) {
              whatIf(input: { id: $id, policy: $policy }) {
                report { rules { rule then now } differences { step subject then now } money { promisedThenMonthlyUsd promisedNowMonthlyUsd } }
                errors { ... on CommandRefusedError { code } }
              }
            }
            """;
        var lenient = (await gateway.Client.DataAsync(query, new { id = degraded.Id, policy = new { maxDegradation = 1.0 } })).GetProperty("whatIf");
        Assert.Equal("""[{"rule":"maxDegradation","then":"0.05","now":"1"}]""", lenient.GetProperty("report").GetProperty("rules").GetRawText());
        // the story's fleet says nothing of its workloads, and no policy moves such instances
        var first = lenient.GetProperty("report").GetProperty("differences")[0];
        Assert.Equal(("ASSESSMENT", "i-1", "stays: unlabelled workload"), (first.GetProperty("step").GetString(), first.GetProperty("subject").GetString(), first.GetProperty("now").GetString()));
        var broken = (await gateway.Client.DataAsync(query, new { id = degraded.Id, policy = new { minPlacementScore = 0 } })).GetProperty("whatIf");
        Assert.Equal("""[{"code":"invalid_policy"}]""", broken.GetProperty("errors").GetRawText());
        var unknown = (await gateway.Client.DataAsync(query, new { id = Guid.CreateVersion7(), policy = new { } })).GetProperty("whatIf");
        Assert.Equal("""[{"code":"unknown_migration"}]""", unknown.GetProperty("errors").GetRawText());
    }

    [Fact]
    public async Task a_recorded_migration_is_decided_again_and_comes_out_the_same()
    {
        const string replay = "mutation Again($id: UUID!) { replayMigration(input: { id: $id }) { report { decisions same differences { what difference } } errors { ... on CommandRefusedError { code } } } }";
        using var operating = gateway.NewClient((await gateway.IssueAsync("ola", [Role.Operator], ["acme"])).Text);
        var requested = await operating.DataAsync("mutation { requestSpotMigration(input: {}) { migration { id } } }");
        var id = requested.GetProperty("requestSpotMigration").GetProperty("migration").GetProperty("id").GetGuid();
        var report = (await operating.DataAsync(replay, new { id })).GetProperty("replayMigration").GetProperty("report");
        Assert.Equal("[]", report.GetProperty("differences").GetRawText());
        Assert.True(report.GetProperty("same").GetInt32() >= 1, report.ToString());
        // another customer's is unknown
        var hidden = (await operating.DataAsync(replay, new { id = degraded.Id })).GetProperty("replayMigration");
        Assert.Equal("""[{"code":"unknown_migration"}]""", hidden.GetProperty("errors").GetRawText());
    }
}
