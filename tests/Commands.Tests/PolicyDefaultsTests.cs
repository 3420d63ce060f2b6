using System.Text.Json;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Commands.Tests;

public sealed class PolicyDefaultsTests
{
    [Fact]
    public void a_vote_from_before_votes_carried_what_they_looked_at_is_read()
    {
        var vote = new AgentApproved(Guid.NewGuid(), "cost", "hash", 0.9, [], [], new Dictionary<string, string> { ["moves"] = "3" }, DateTimeOffset.UnixEpoch, new VoteObservation(Unreadable: []));
        var json = JsonSerializer.SerializeToNode(vote, ContractsJson.Options)!;
        Assert.True(json.AsObject().Remove("observed"));

        var read = json.Deserialize<AgentApproved>(ContractsJson.Options)!;

        Assert.Null(read.Observed);
        Assert.Equal(vote.Evidence, read.Evidence);
    }

    [Fact]
    public void a_rule_that_an_older_event_does_not_have_takes_its_default()
    {
        var requested = new MigrationRequested(Guid.NewGuid(), "default", "pat", new FleetSelector(), new MigrationPolicy(), DateTimeOffset.UnixEpoch);
        var json = JsonSerializer.SerializeToNode(requested, ContractsJson.Options)!;
        var policy = json["policy"]!.AsObject();
        Assert.True(policy.Remove("minRequests"));
        Assert.True(policy.Remove("watchInterval"));
        Assert.True(policy.Remove("phaseFractions"));

        var read = json.Deserialize<MigrationRequested>(ContractsJson.Options)!;

        Assert.Equal(new MigrationPolicy().MinRequests, read.Policy.MinRequests);
        Assert.Equal(new MigrationPolicy().WatchInterval, read.Policy.WatchInterval);
        Assert.Equal(new MigrationPolicy().PhaseFractions, read.Policy.PhaseFractions);
    }
}
