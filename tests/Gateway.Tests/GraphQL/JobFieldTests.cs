using System.Security.Cryptography;
using System.Text.Json;
using OptiInfra.Contracts.Access;
using OptiInfra.Contracts.LiveMigrations;
using OptiInfra.Projections.Tests;

namespace OptiInfra.Gateway.Tests.GraphQL;

public sealed class JobFieldTests : IAsyncLifetime
{
    const string Submit = """
        mutation Submit($policy: JobPolicyInput, $key: String, $name: String = "regression", $deadline: DateTime, $script: String = "pass\n") {
          submitJob(input: {
            spec: {
              name: $name, bucket: "acme-training", estimatedHours: 2, deadline: $deadline, tags: [{ key: "team", value: "search" }], policy: $policy
              program: { files: [{ name: "train.py", content: $script }], userData: "@BUCKET@ @PREFIX@ @EPOCH@ @TOKEN@ @FILES@" }
              needs: { imageId: "ami-1", minVCpus: 2, availabilityZones: ["us-east-1a"], subnets: [{ availabilityZone: "us-east-1a", subnetId: "subnet-1" }] } }
            clientMutationId: $key }) {
            job { id name status submittedBy version prefix tags { key value } } errors { ... on CommandRefusedError { code message } }
          }
        }
        """;

    GatewayFixture gateway = null!;
    HttpClient operating = null!;
    HttpClient viewing = null!;
    HttpClient stranger = null!;

    public async ValueTask InitializeAsync()
    {
        gateway = await GatewayFixture.StartAsync();
        operating = gateway.NewClient((await gateway.IssueAsync("ola", [Role.Operator], ["acme"])).Text);
        viewing = gateway.NewClient((await gateway.IssueAsync("vic", [Role.Viewer], ["acme"])).Text);
        stranger = gateway.NewClient((await gateway.IssueAsync("gil", [Role.Admin], ["globex"])).Text);
    }

    public ValueTask DisposeAsync()
    {
        operating.Dispose();
        viewing.Dispose();
        stranger.Dispose();
        return gateway.DisposeAsync();
    }

    async Task<JobStory> ToldAsync(JobStory story)
    {
        await gateway.AppendAsync(story);
        await gateway.ProjectAsync();
        return story;
    }

    static JobStory Story() => new(Guid.CreateVersion7(), "acme");

    static JsonElement Payload(JsonElement answer, string field)
    {
        Assert.False(answer.TryGetProperty("errors", out var errors), errors.ToString());
        return answer.GetProperty("data").GetProperty(field);
    }

    static string Refused(JsonElement answer, string field) =>
        Assert.Single(Payload(answer, field).GetProperty("errors").EnumerateArray()).GetProperty("code").GetString()!;

    [Fact]
    public async Task a_job_is_submitted_once_for_a_client_mutation_id_and_shown_at_once()
    {
        var key = Guid.NewGuid().ToString();
        var job = Payload(await operating.AskAsync(Submit, new { key, policy = new { watchInterval = "PT5S", scouting = new { minSavingFraction = 0.3 } } }), "submitJob").GetProperty("job");
        Assert.Equal(("regression", "PENDING", "ola", 1), (job.GetProperty("name").GetString(), job.GetProperty("status").GetString(), job.GetProperty("submittedBy").GetString(), job.GetProperty("version").GetInt32()));
        Assert.Equal("search", job.GetProperty("tags")[0].GetProperty("value").GetString());
        var again = Payload(await operating.AskAsync(Submit, new { key, policy = new { watchInterval = "PT5S" } }), "submitJob").GetProperty("job");
        Assert.Equal(job.GetProperty("id").GetGuid(), again.GetProperty("id").GetGuid());

        var submitted = Assert.Single(await gateway.EventsAsync<JobSubmitted>());
        Assert.Equal((0.3, TimeSpan.FromSeconds(5), 10), (submitted.Spec.Policy.Scouting.MinSavingFraction, submitted.Spec.Policy.WatchInterval, submitted.Spec.Policy.MaxFailedLaunches));
        Assert.Equal((2, "x86_64", "subnet-1", "acme"), (submitted.Spec.Needs.MinVCpus, submitted.Spec.Needs.Architecture, submitted.Spec.Needs.Subnets["us-east-1a"], submitted.CustomerId));
        Assert.NotNull(submitted.Submitter);
    }

    [Fact]
    public async Task what_is_wrong_with_a_job_is_a_typed_error_that_names_it()
    {
        var errors = Payload(await operating.AskAsync(Submit, new { name = "Not A Name" }), "submitJob").GetProperty("errors");
        Assert.Equal("invalid_job", errors[0].GetProperty("code").GetString());
        Assert.Contains("name must be", errors[0].GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal("invalid_job", Refused(await operating.AskAsync(Submit, new { deadline = "2001-01-01T00:00:00Z" }), "submitJob"));
        var large = Payload(await operating.AskAsync(Submit, new { script = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(17_000)) }), "submitJob").GetProperty("errors");
        Assert.Equal("invalid_job", large[0].GetProperty("code").GetString());
        Assert.Contains("EC2 takes at most 16384. Make the script smaller", large[0].GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Empty(await gateway.EventsAsync<JobSubmitted>());
    }

    [Fact]
    public async Task a_job_is_moved_and_cancelled_by_operators_alone()
    {
        var story = await ToldAsync(Story().Running());
        const string move = "mutation M($id: UUID!) { migrateNow(input: { id: $id }) { job { status moving version } errors { ... on CommandRefusedError { code } } } }";
        const string cancel = "mutation C($id: UUID!) { cancelJob(input: { id: $id, reason: \"not needed\" }) { job { status reason isOver } errors { ... on CommandRefusedError { code } } } }";
        Assert.Equal("role_needed", (await viewing.RefusalAsync(move, new { id = story.Id })).Code);
        Assert.Equal("role_needed", (await viewing.RefusalAsync(Submit)).Code);
        Assert.Equal("role_needed", (await viewing.RefusalAsync(cancel, new { id = story.Id })).Code);

        var moved = Payload(await operating.AskAsync(move, new { id = story.Id }), "migrateNow").GetProperty("job");
        Assert.Equal(("MIGRATING", "REQUESTED", story.Events.Count + 1), (moved.GetProperty("status").GetString(), moved.GetProperty("moving").GetString(), moved.GetProperty("version").GetInt32()));
        Assert.Equal("wrong_status", Refused(await operating.AskAsync(move, new { id = story.Id }), "migrateNow"));
        var cancelled = Payload(await operating.AskAsync(cancel, new { id = story.Id }), "cancelJob").GetProperty("job");
        Assert.Equal(("ENDING", "not needed", false), (cancelled.GetProperty("status").GetString(), cancelled.GetProperty("reason").GetString(), cancelled.GetProperty("isOver").GetBoolean()));

        // another customer's job reads like one that nobody has
        Assert.Equal("unknown_job", Refused(await stranger.AskAsync(cancel, new { id = story.Id }), "cancelJob"));
        Assert.Equal("unknown_job", Refused(await operating.AskAsync(cancel, new { id = Guid.CreateVersion7() }), "cancelJob"));
    }

    [Fact]
    public async Task a_job_tells_where_it_runs_its_losses_and_its_changeovers()
    {
        var story = await ToldAsync(Story().Running().Moved().Finished());
        const string query = """
            query J($id: UUID!) { job(id: $id) {
              status isOver step iterations loss lossHex migrations paidUsd onDemandUsd savedUsd endpointAddress
              working { epoch } trainers { epoch instanceId pool { instanceType availabilityZone } hourlyUsd goneAt }
              lastOffer { reasons expectedSavingUsd } checkpoint { step manifest }
              losses { step loss epoch } timeline { kind text } changeovers { outcome trigger fromEpoch toEpoch step lostSteps parts { boot total } } } }
            """;
        var job = (await viewing.DataAsync(query, new { id = story.Id })).GetProperty("job");
        Assert.Equal(("COMPLETED", 1000, 0.125, 1), (job.GetProperty("status").GetString(), job.GetProperty("step").GetInt32(), job.GetProperty("loss").GetDouble(), job.GetProperty("migrations").GetInt32()));
        Assert.Equal(JsonValueKind.Null, job.GetProperty("working").ValueKind);
        Assert.Equal(["i-1", "i-2"], job.GetProperty("trainers").EnumerateArray().Select(t => t.GetProperty("instanceId").GetString()));
        var changeover = Assert.Single(job.GetProperty("changeovers").EnumerateArray());
        Assert.Equal(("RESUMED", "BETTER_OFFER", 5, 70.0), (changeover.GetProperty("outcome").GetString(), changeover.GetProperty("trigger").GetString(), changeover.GetProperty("lostSteps").GetInt32(), changeover.GetProperty("parts").GetProperty("total").GetDouble()));
        Assert.Equal(5, job.GetProperty("losses").GetArrayLength());
        Assert.Equal(story.Events.Count, job.GetProperty("timeline").GetArrayLength());
        var end = (JobCompleted)story.Events[^1];
        Assert.Equal((end.PaidUsd, end.OnDemandUsd - end.PaidUsd), (decimal.Parse(job.GetProperty("paidUsd").ToString(), System.Globalization.CultureInfo.InvariantCulture), decimal.Parse(job.GetProperty("savedUsd").ToString(), System.Globalization.CultureInfo.InvariantCulture)));
        Assert.Equal(JsonValueKind.Null, (await stranger.DataAsync(query, new { id = story.Id })).GetProperty("job").ValueKind);
    }

    [Fact]
    public async Task jobs_are_filtered_sorted_and_paged_within_the_customer()
    {
        var running = await ToldAsync(Story().Running());
        var done = await ToldAsync(Story().Running().Moved().Finished());
        await ToldAsync(new JobStory(Guid.CreateVersion7(), "globex").Running());
        async Task<Guid[]> Ids(string arguments) =>
            [.. (await viewing.DataAsync($"{{ jobs{arguments} {{ totalCount nodes {{ id }} }} }}")).GetProperty("jobs").GetProperty("nodes").EnumerateArray().Select(n => n.GetProperty("id").GetGuid())];
        Assert.Equal(new HashSet<Guid> { running.Id, done.Id }, [.. await Ids("")]);
        Assert.Equal([running.Id], await Ids("(where: { status: { eq: RUNNING } })"));
        Assert.Equal([done.Id], await Ids("(where: { step: { gt: 500 } })"));
        Assert.Equal([done.Id, running.Id], await Ids("(order: [{ step: DESC }])"));
        Assert.Equal([running.Id], await Ids("(where: { working: { hourlyUsd: { gt: 0.01 } } })"));
        Assert.Single(await Ids("(first: 1)"));
    }

    [Fact]
    public async Task a_job_is_followed_live_from_where_the_client_was()
    {
        const string query = "subscription J($id: UUID!, $after: Long) { jobChanged(id: $id, afterSequence: $after) { sequence event { type version } job { status version step } } }";
        var story = Story().Running().Moved();
        await gateway.AppendAsync(Story().Running());
        await gateway.AppendAsync(story);
        var first = await viewing.FollowAsync(query, new { id = story.Id, after = 0 }).FirstAsync(5);
        var after = first[^1].GetProperty("data").GetProperty("jobChanged").GetProperty("sequence").GetInt64();
        var rest = await viewing.FollowAsync(query, new { id = story.Id, after }).FirstAsync(story.Events.Count - 5);
        var seen = first.Concat(rest).Select(r => r.GetProperty("data").GetProperty("jobChanged")).ToList();
        Assert.Equal(Enumerable.Range(1, story.Events.Count), seen.Select(c => c.GetProperty("event").GetProperty("version").GetInt32()));
        Assert.All(seen, c => Assert.Equal(c.GetProperty("event").GetProperty("version").GetInt32(), c.GetProperty("job").GetProperty("version").GetInt32()));
        Assert.Equal(("PENDING", "RUNNING"), (seen[0].GetProperty("job").GetProperty("status").GetString(), seen[^1].GetProperty("job").GetProperty("status").GetString()));
    }

    [Fact]
    public async Task all_jobs_are_followed_but_no_other_customers_and_no_migrations()
    {
        var ours = Story().Offered();
        await gateway.AppendAsync(new JobStory(Guid.CreateVersion7(), "globex").Running());
        await gateway.AppendAsync(new MigrationStory(Guid.CreateVersion7(), "acme").Requested());
        await gateway.AppendAsync(ours);
        var seen = await viewing.FollowAsync("subscription { jobsChanged(afterSequence: 0) { job { id } } }").FirstAsync(ours.Events.Count);
        Assert.All(seen, r => Assert.Equal(ours.Id, r.GetProperty("data").GetProperty("jobsChanged").GetProperty("job").GetProperty("id").GetGuid()));
    }
}
