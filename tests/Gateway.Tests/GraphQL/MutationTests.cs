using System.Text.Json;
using OptiInfra.Contracts.Access;
using OptiInfra.Contracts.SpotMigrations;
using OptiInfra.Projections.Tests;

namespace OptiInfra.Gateway.Tests.GraphQL;

/// <summary>No projection runs here: what a payload shows, it has from the stream.</summary>
public sealed class MutationTests : IAsyncLifetime
{
    const string Request = """
        mutation Request($policy: MigrationPolicyInput, $key: String) {
          requestSpotMigration(input: { fleet: { tags: [{ key: "team", value: "search" }] }, policy: $policy, clientMutationId: $key }) {
            migration { id status requestedBy version phaseCount } errors { ... on CommandRefusedError { code message } }
          }
        }
        """;

    GatewayFixture gateway = null!;
    HttpClient operating = null!;
    HttpClient approving = null!;

    public async ValueTask InitializeAsync()
    {
        gateway = await GatewayFixture.StartAsync();
        operating = gateway.NewClient((await gateway.IssueAsync("ola", [Role.Operator], ["acme"])).Text);
        approving = gateway.NewClient((await gateway.IssueAsync("pia", [Role.Approver], ["acme"])).Text);
    }

    public ValueTask DisposeAsync()
    {
        operating.Dispose();
        approving.Dispose();
        return gateway.DisposeAsync();
    }

    async Task<MigrationStory> ToldAsync(MigrationStory story)
    {
        await gateway.AppendAsync(story);
        return story;
    }

    /// <param name="field">A mutation with an id.</param>
    /// <param name="input">Further input.</param>
    static Task<JsonElement> CommandAsync(HttpClient client, string field, Guid id, string input = "") =>
        client.AskAsync($$"""mutation { {{field}}(input: { id: "{{id}}" {{input}} }) { migration { id status approvedBy reason version } errors { __typename ... on CommandRefusedError { code message } } } }""");

    static JsonElement Effect(JsonElement answer, string field)
    {
        Assert.False(answer.TryGetProperty("errors", out var errors), errors.ToString());
        var payload = answer.GetProperty("data").GetProperty(field);
        Assert.True(payload.GetProperty("errors").ValueKind == JsonValueKind.Null, payload.ToString());
        return payload.GetProperty("migration");
    }

    static string Refused(JsonElement answer, string field)
    {
        var payload = answer.GetProperty("data").GetProperty(field);
        Assert.Equal(JsonValueKind.Null, payload.GetProperty("migration").ValueKind);
        return Assert.Single(payload.GetProperty("errors").EnumerateArray()).GetProperty("code").GetString()!;
    }

    [Fact]
    public async Task a_request_is_made_once_for_each_client_mutation_id_of_a_caller()
    {
        var first = Effect(await operating.AskAsync(Request, new { key = "k1", policy = new { maxDegradation = 0.02 } }), "requestSpotMigration");
        Assert.Equal(("PENDING", "ola", 3), (first.GetProperty("status").GetString(), first.GetProperty("requestedBy").GetString(), first.GetProperty("phaseCount").GetInt32()));
        var again = Effect(await operating.AskAsync(Request, new { key = "k1" }), "requestSpotMigration");
        Assert.Equal(first.GetProperty("id").GetGuid(), again.GetProperty("id").GetGuid());
        var other = Effect(await operating.AskAsync(Request, new { key = "k2" }), "requestSpotMigration");
        Assert.NotEqual(first.GetProperty("id").GetGuid(), other.GetProperty("id").GetGuid());
        var without = Effect(await operating.AskAsync(Request), "requestSpotMigration");
        using var colleague = gateway.NewClient((await gateway.IssueAsync("olga", [Role.Operator], ["acme"])).Text);
        var colleagues = Effect(await colleague.AskAsync(Request, new { key = "k1" }), "requestSpotMigration");

        var requests = await gateway.EventsAsync<MigrationRequested>();
        Assert.Equal(
            new[] { first, other, without, colleagues }.Select(m => m.GetProperty("id").GetGuid()).Order(),
            requests.Select(e => e.MigrationId).Order());
        var request = requests.Single(e => e.MigrationId == first.GetProperty("id").GetGuid());
        Assert.Equal(("acme", "key:ola", 0.02, "search"), (request.CustomerId, request.RequesterId, request.Policy.MaxDegradation, request.Fleet.Tags["team"]));
    }

    [Fact]
    public async Task a_policy_that_cannot_be_used_or_waives_the_approval_is_refused()
    {
        Assert.Equal("invalid_policy", Refused(await operating.AskAsync(Request, new { policy = new { minPlacementScore = 11 } }), "requestSpotMigration"));
        Assert.Equal("approval_not_waivable", Refused(await operating.AskAsync(Request, new { policy = new { autoApprove = true } }), "requestSpotMigration"));
        Assert.Empty(await gateway.EventsAsync<MigrationRequested>());
    }

    [Fact]
    public async Task a_plan_is_approved_by_its_hash_and_by_nobody_who_asked_for_it()
    {
        var story = await ToldAsync(new MigrationStory(Guid.CreateVersion7(), "acme", TimeProvider.System.GetUtcNow()).Voted());
        Assert.Equal("wrong_plan_hash", Refused(await CommandAsync(approving, "approveMigration", story.Id, "planHash: \"abc\""), "approveMigration"));
        var approved = Effect(await CommandAsync(approving, "approveMigration", story.Id, $"planHash: \"{story.State!.PlanHash}\""), "approveMigration");
        Assert.Equal("pia", approved.GetProperty("approvedBy").GetString());
        Assert.Equal("key:pia", Assert.Single(await gateway.EventsAsync<CustomerApproved>()).ApproverId);
        Assert.Equal("already_approved", Refused(await CommandAsync(approving, "approveMigration", story.Id, $"planHash: \"{story.State.PlanHash}\""), "approveMigration"));

        using var both = gateway.NewClient((await gateway.IssueAsync("ria", [Role.Operator, Role.Approver], ["acme"])).Text);
        var requested = Effect(await both.AskAsync(Request), "requestSpotMigration").GetProperty("id").GetGuid();
        var own = new MigrationStory(requested, "acme", TimeProvider.System.GetUtcNow()).Voted();
        await using (var session = gateway.Store.LightweightSession(new EventStore.SessionOptions { TenantId = "acme" }))
        {
            session.Events.AppendAt(requested, 1, [.. own.Events.Skip(1)]);
            await session.SaveChangesAsync();
        }

        Assert.Equal("requester_may_not_approve", Refused(await CommandAsync(both, "approveMigration", requested, $"planHash: \"{own.State!.PlanHash}\""), "approveMigration"));
    }

    [Fact]
    public async Task a_plan_is_rejected_once()
    {
        var story = await ToldAsync(new MigrationStory(Guid.CreateVersion7(), "acme", TimeProvider.System.GetUtcNow()).Voted());
        var rejected = Effect(await CommandAsync(approving, "rejectMigration", story.Id, "reason: \"not now\""), "rejectMigration");
        Assert.Equal(("FAILED", "Rejected by pia: not now"), (rejected.GetProperty("status").GetString(), rejected.GetProperty("reason").GetString()));
        Assert.Equal("wrong_status", Refused(await CommandAsync(approving, "rejectMigration", story.Id, "reason: \"not now\""), "rejectMigration"));
    }

    [Fact]
    public async Task a_migration_is_cancelled_once_however_often_the_same_id_is_sent()
    {
        var story = await ToldAsync(new MigrationStory(Guid.CreateVersion7(), "acme").Analysed());
        const string input = "reason: \"wrong fleet\", clientMutationId: \"stop\"";
        var cancelled = Effect(await CommandAsync(operating, "cancelMigration", story.Id, input), "cancelMigration");
        Assert.Equal("CANCELLED", cancelled.GetProperty("status").GetString());
        Assert.Equal(cancelled.ToString(), Effect(await CommandAsync(operating, "cancelMigration", story.Id, input), "cancelMigration").ToString());
        Assert.Single(await gateway.EventsAsync<MigrationCancelled>());
        Assert.Equal("wrong_status", Refused(await CommandAsync(operating, "cancelMigration", story.Id, "reason: \"again\""), "cancelMigration"));
    }

    [Fact]
    public async Task a_paused_rollout_is_resumed_and_only_an_approver_takes_its_quality_as_good()
    {
        var story = new MigrationStory(Guid.CreateVersion7(), "acme").Approved().PhaseMoved(1).Measured(1, requests: 10);
        while (story.State!.Status is not MigrationStatus.Paused)
            story.Measured(1, requests: 10);
        await ToldAsync(story);
        Assert.Equal("role_needed", (await CommandAsync(operating, "resumeMigration", story.Id, "acceptQuality: true")).Refusal().Code);
        var resumed = Effect(await CommandAsync(operating, "resumeMigration", story.Id), "resumeMigration");
        Assert.Equal("EXECUTING10_PERCENT", resumed.GetProperty("status").GetString());
        Assert.Equal("wrong_status", Refused(await CommandAsync(operating, "resumeMigration", story.Id), "resumeMigration"));
    }
}
