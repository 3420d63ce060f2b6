using System.Globalization;
using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Commands.Tests.Gate;

/// <summary>How often whole rollouts of ten instances end how: three gates, each on what has moved by then, against one baseline.</summary>
public sealed record RolloutSimulation(double Complete, double RolledBack, double StoppedForAPerson)
{
    /// <param name="requestsPerMinute">To each instance. The baseline is five minutes, the windows are 5, 10 and 15, each extended once if need be.</param>
    public static RolloutSimulation Run(Service service, int requestsPerMinute, double latencyFactor = 1, int rollouts = 200, int seed = 20260302)
    {
        var random = new Random(seed);
        var ends = new Dictionary<QualityVerdict, int>();
        for (var i = 0; i < rollouts; i++)
        {
            var end = One(service, requestsPerMinute, latencyFactor, random);
            ends[end] = ends.GetValueOrDefault(end) + 1;
        }

        double Share(QualityVerdict verdict) => ends.GetValueOrDefault(verdict) / (double)rollouts;
        return new RolloutSimulation(Share(QualityVerdict.Healthy), Share(QualityVerdict.Degraded), Share(QualityVerdict.NotEnoughData));
    }

    static QualityVerdict One(Service service, int requestsPerMinute, double latencyFactor, Random random)
    {
        var policy = new MigrationPolicy();
        var baseline = Enumerable.Range(1, 10).Select(n => service.Serve(random, A.Instance(n), requestsPerMinute * 5)).ToList();
        foreach (var (moved, minutes) in new[] { (1, 5), (5, 10), (10, 15) })
        {
            var verdict = Gate(minutes);
            // the extended window holds what was seen before, too; for simplicity it is drawn anew
            if (verdict is QualityVerdict.NotEnoughData)
                verdict = Gate(2 * minutes);
            if (verdict is not QualityVerdict.Healthy)
                return verdict;

            QualityVerdict Gate(int window) => QualityGate.Compare(
                [.. baseline.Take(moved).Select((b, n) => (b.InstanceId, (QualityWindow?)b, (QualityWindow?)service.Serve(random, A.Replacement(n), requestsPerMinute * window, latencyFactor)))], policy).Verdict;
        }

        return QualityVerdict.Healthy;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"completes {Complete:0.000}, rolls back {RolledBack:0.000}, stops for a person {StoppedForAPerson:0.000}");
}
