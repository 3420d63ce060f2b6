namespace OptiInfra.Commands.Tests.Gate;

/// <summary>False and true alarms over seeded rollouts; the bounds are wide, the figures are in the output.</summary>
public sealed class AlarmTests(ITestOutputHelper output)
{
    public static TheoryData<string> Services => [.. ByName.Keys];

    static readonly Dictionary<string, Service> ByName = new[] { Service.Web, Service.BurstyWeb, Service.Model, Service.FlawlessWeb }.ToDictionary(s => s.Name);

    GateSimulation Gate(Service service, int requests, double latencyFactor, double addedErrorRate = 0, int instances = 1)
    {
        var result = GateSimulation.Run(service, requests, latencyFactor, addedErrorRate, instances, rollouts: instances == 1 ? 500 : 150);
        output.WriteLine(FormattableString.Invariant($"{service.Name}, {instances} × {requests} requests a side, latency × {latencyFactor:0.00}, errors + {addedErrorRate:0.000}: {result}"));
        return result;
    }

    [Theory]
    [MemberData(nameof(Services))]
    public void a_gate_passes_most_of_what_did_not_change_and_seldom_rolls_it_back(string service)
    {
        var (few, many, fleet) = (Gate(ByName[service], 3_000, 1.0), Gate(ByName[service], 12_000, 1.0), Gate(ByName[service], 3_000, 1.0, instances: 6));
        Assert.All([few, many, fleet], g => Assert.InRange(g.Degraded, 0, 0.05));
        Assert.InRange(few.Healthy, 0.70, 1);
        Assert.InRange(many.Healthy, 0.88, 1);
        Assert.InRange(fleet.Healthy, 0.90, 1);
    }

    [Theory]
    [MemberData(nameof(Services))]
    public void a_gate_seldom_passes_a_fifth_more_latency(string service)
    {
        Assert.InRange(Gate(ByName[service], 3_000, 1.2).Healthy, 0, 0.15);
        var many = Gate(ByName[service], 12_000, 1.2);
        Assert.InRange(many.Healthy, 0, 0.02);
        Assert.InRange(many.Degraded, 0.93, 1);
        Assert.InRange(Gate(ByName[service], 3_000, 1.2, instances: 6).Degraded, 0.93, 1);
    }

    // 0.7 × 0.1 is just above the limit of 0.05
    [Theory]
    [MemberData(nameof(Services))]
    public void a_gate_passes_a_tenth_more_latency_less_often_than_not(string service)
    {
        Assert.InRange(Gate(ByName[service], 3_000, 1.1).Healthy, 0, 0.50);
        Assert.InRange(Gate(ByName[service], 12_000, 1.1).Healthy, 0, 0.35);
        Assert.InRange(Gate(ByName[service], 12_000, 1.1, instances: 6).Degraded, 0.85, 1);
    }

    // 0.5 % → 1.0 % errors: 0.3 × 0.5 = 0.15
    [Fact]
    public void a_gate_sees_twice_the_errors()
    {
        Assert.InRange(Gate(Service.Web, 3_000, 1.0, addedErrorRate: 0.005).Healthy, 0, 0.15);
        Assert.InRange(Gate(Service.Web, 12_000, 1.0, addedErrorRate: 0.005).Degraded, 0.90, 1);
    }

    // 20 requests a second to each of ten instances: what the box's web servers serve
    [Fact]
    public void a_whole_rollout_completes_when_nothing_changed_and_not_when_latency_did()
    {
        var same = Rollout(1.0);
        Assert.InRange(same.RolledBack, 0, 0.08);
        Assert.InRange(same.Complete, 0.88, 1);
        var tenth = Rollout(1.1);
        Assert.InRange(tenth.Complete, 0, 0.15);
        var fifth = Rollout(1.2);
        Assert.Equal(0, fifth.Complete);
        Assert.InRange(fifth.RolledBack, 0.90, 1);
    }

    RolloutSimulation Rollout(double latencyFactor)
    {
        var result = RolloutSimulation.Run(Service.Web, requestsPerMinute: 1_200, latencyFactor, rollouts: latencyFactor > 1 ? 60 : 150);
        output.WriteLine(FormattableString.Invariant($"ten instances, {Service.Web.Name}, 1200 requests a minute each, latency × {latencyFactor:0.00}: {result}"));
        return result;
    }
}
