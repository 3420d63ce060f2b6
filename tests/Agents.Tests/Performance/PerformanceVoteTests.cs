using OptiInfra.Agents.Performance;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Agents.Tests.Performance;

public sealed class PerformanceVoteTests
{
    static readonly CandidatePool Same = Given.Candidate();
    static readonly CandidatePool Larger = Given.Candidate(Given.Pool("m5.2xlarge"));

    static Vote Judge(IEnumerable<(ObservedInstance Instance, CandidatePool[] Candidates)> moves, params string[] unreadable) =>
        PerformanceVote.Judge(
            Given.Plan([.. moves.Select(m => Given.Move(m.Instance.Instance.InstanceId, m.Candidates))]),
            Given.Observation(moves.Select(m => m.Instance), []), unreadable, Given.Policy);

    static ObservedInstance Used(double cpu, double? memory, string id = "i-1") =>
        new(Given.Instance(id), Given.Use(cpu), memory is { } m ? Given.Use(m) : null);

    [Fact]
    public void a_workload_with_headroom_may_move()
    {
        var vote = Judge([(Used(0.80, 0.60), [Same])]);

        Assert.True(vote.Approved);
        Assert.Empty(vote.Concerns);
        Assert.Equal("0.80", vote.Evidence["highest_projected_p95_utilisation"]);
    }

    [Theory]
    [InlineData(0.81, 0.10, "CPU")]
    [InlineData(0.10, 0.81, "memory")]
    public void a_workload_without_headroom_stays_and_is_named(double cpu, double memory, string resource)
    {
        var vote = Judge([(Used(cpu, memory), [Same]), (Used(0.5, 0.5, "i-2"), [Same])]);

        Assert.False(vote.Approved);
        Assert.Equal(["i-1"], vote.InstanceIds);
        Assert.Contains(vote.Concerns, c => c.Contains(resource, StringComparison.Ordinal) && c.StartsWith("i-1", StringComparison.Ordinal));
    }

    [Fact]
    public void use_shrinks_with_the_size_of_the_target() =>
        // 90 % of 4 vCPUs are 45 % of 8
        Assert.Equal("0.45", Judge([(Used(0.9, 0.9), [Larger])]).Evidence["highest_projected_p95_utilisation"]);

    [Fact]
    public void every_pool_of_the_plan_must_have_headroom_since_any_of_them_may_be_used()
    {
        Assert.True(Judge([(Used(0.9, 0.9), [Larger])]).Approved);
        Assert.False(Judge([(Used(0.9, 0.9), [Larger, Same])]).Approved);
    }

    [Fact]
    public void unknown_memory_is_a_concern_and_costs_confidence_but_does_not_reject()
    {
        var vote = Judge([(Used(0.5, null), [Same])]);

        Assert.True(vote.Approved);
        Assert.Contains(vote.Concerns, c => c.Contains("memory use of 1 of 1", StringComparison.Ordinal));
        Assert.NotEmpty(vote.Recommendations);
        Assert.True(vote.Confidence < Judge([(Used(0.5, 0.5), [Same])]).Confidence);
    }

    [Fact]
    public void latency_that_cannot_be_read_is_said_and_costs_confidence()
    {
        var vote = Judge([(Used(0.5, 0.5), [Same])], "i-1: no answer within 5 s");

        Assert.Contains("i-1: no answer within 5 s", vote.Concerns);
        Assert.Equal("1 of 1", vote.Evidence["latency_unknown"]);
        Assert.True(vote.Confidence < 0.95);
    }

    [Fact]
    public void when_none_may_move_the_whole_plan_is_rejected() =>
        Assert.Equal((false, 0), Judge([(Used(0.9, 0.5), [Same])]) is var v ? (v.Approved, v.InstanceIds.Count) : default);
}
