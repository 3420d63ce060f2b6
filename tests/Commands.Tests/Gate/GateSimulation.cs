using System.Globalization;
using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Commands.Tests.Gate;

/// <summary>How often the gate says what, over many seeded rollouts.</summary>
public sealed record GateSimulation(double Healthy, double Degraded, double NotEnoughData)
{
    public static GateSimulation Run(Service service, int requests, double latencyFactor = 1, double addedErrorRate = 0, int instances = 1, int rollouts = 400, int seed = 20260302)
    {
        var random = new Random(seed);
        var verdicts = new Dictionary<QualityVerdict, int>();
        for (var i = 0; i < rollouts; i++)
        {
            var pairs = Enumerable.Range(1, instances)
                .Select(n => (A.Instance(n), (QualityWindow?)service.Serve(random, A.Instance(n), requests), (QualityWindow?)service.Serve(random, A.Replacement(n), requests, latencyFactor, addedErrorRate)))
                .ToList();
            var verdict = QualityGate.Compare(pairs, new MigrationPolicy()).Verdict;
            verdicts[verdict] = verdicts.GetValueOrDefault(verdict) + 1;
        }

        double Share(QualityVerdict verdict) => verdicts.GetValueOrDefault(verdict) / (double)rollouts;
        return new GateSimulation(Share(QualityVerdict.Healthy), Share(QualityVerdict.Degraded), Share(QualityVerdict.NotEnoughData));
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"goes on {Healthy:0.000}, rolls back {Degraded:0.000}, not enough data {NotEnoughData:0.000}");
}
