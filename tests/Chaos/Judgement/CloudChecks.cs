using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Chaos.Judgement;

/// <summary>
/// The cloud's own record against the log: one instance per client token, each token an attempt of the log, and at the end
/// exactly those instances run, and serve, that the migrations say.
/// </summary>
static class CloudChecks
{
    public static IEnumerable<Finding> Of(Evidence evidence)
    {
        var byToken = evidence.Launches.GroupBy(l => l.ClientToken, l => l.InstanceId, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.ToList(), StringComparer.Ordinal);
        foreach (var (token, instances) in byToken.Where(l => l.Value.Count > 1))
            yield return new(Fate.Duplicated, $"client token {token} launched {string.Join(", ", instances)}");

        var intended = evidence.Events.Select(e => e.Data).OfType<InstanceMigrationStarted>().Select(e => e.ClientToken)
            .Concat(evidence.Migrations.SelectMany(Restorations)).ToHashSet(StringComparer.Ordinal);
        foreach (var token in byToken.Keys.Where(token => !intended.Contains(token)))
            yield return new(Fate.Lost, $"client token {token} launched {byToken[token][0]}, and no event says so");

        var launched = evidence.Launches.Select(l => l.InstanceId).ToHashSet(StringComparer.Ordinal);
        foreach (var e in evidence.Events.Select(e => e.Data).OfType<ReplacementLaunched>().Where(e => !launched.Contains(e.ReplacementId)))
            yield return new(Fate.Lost, $"migration {e.MigrationId} says that {e.ReplacementId} was launched, and the cloud knows of no such launch");

        foreach (var finding in Standing(evidence, launched))
            yield return finding;
    }

    /// <summary>Tokens under which a rollback launches on demand what died meanwhile.</summary>
    static IEnumerable<string> Restorations(SpotMigration migration) =>
        from id in migration.RollingBack
        let was = migration.Observation!.Instances.First(i => i.Instance.InstanceId == id).Instance
        select ClientToken.For(migration.Id, id, 0, new CapacityPool(CapacityType.OnDemand, was.InstanceType, was.AvailabilityZone));

    static IEnumerable<Finding> Standing(Evidence evidence, HashSet<string> launched)
    {
        // what is not listed any more has been terminated for a while
        Machine At(string id) => evidence.Machines.GetValueOrDefault(id) ?? new(id, "terminated", 0, TakenBack: false);
        var kept = new HashSet<string>(StringComparer.Ordinal);
        foreach (var migration in evidence.Migrations.Where(m => m.IsOver && m.Observation is not null))
            foreach (var id in migration.Observation!.Instances.Select(i => i.Instance.InstanceId))
            {
                var move = migration.Moves.GetValueOrDefault(id);
                var retired = move?.Status is MoveStatus.Retired;
                var serving = At(retired ? move!.Current!.ReplacementId! : id);
                kept.Add(serving.InstanceId);
                if (retired && At(id).IsAlive)
                    yield return new(Fate.Duplicated, $"{id} was retired by migration {migration.Id} and is {At(id).State}");
                if (serving is { IsAlive: false, TakenBack: false })
                    yield return new(Fate.Lost, $"{serving.InstanceId} should serve after migration {migration.Id} ({migration.Status}) and is {serving.State}");
                else if (serving is { State: "running", TrafficShare: < 0.999, TakenBack: false })
                    yield return new(Fate.Lost, $"{serving.InstanceId} should serve all of its workload after migration {migration.Id} ({migration.Status}) and serves {serving.TrafficShare:0.##}");
            }

        foreach (var id in launched.Where(id => At(id).IsAlive && !kept.Contains(id)))
            yield return new(Fate.Duplicated, $"{id}, launched by a migration that does not use it, is {At(id).State}");
    }
}
