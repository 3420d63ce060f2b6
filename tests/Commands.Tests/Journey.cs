using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Commands.Tests;

/// <param name="After">How long after the step before.</param>
public sealed record Step(TimeSpan After, ISpotMigrationCommand Command);

/// <summary>Whole migrations, command by command.</summary>
public static class Journey
{
    /// <summary>Everything goes well: analysis, votes, approval, three phases, retirement.</summary>
    public static IEnumerable<Step> Of(int instances)
    {
        var plan = A.Plan(instances);
        var policy = new MigrationPolicy();
        var second = TimeSpan.FromSeconds(1);
        yield return new(second, new RequestMigration(A.Id, "acme", "pat", new FleetSelector(), policy));
        yield return new(second, new StartAnalysis(A.Id));
        yield return new(second, A.Analysis(instances, refused: 2));
        yield return new(second, new RequestVotes(A.Id));
        yield return new(second, new RecordBaseline(A.Id, [.. Enumerable.Range(1, instances).Select(n => A.Window(A.Instance(n)))], []));
        foreach (var voter in policy.Voters)
            yield return new(second, A.Vote(voter, plan));
        yield return new(second, new CloseVoting(A.Id));
        yield return new(second, new ApproveMigration(A.Id, PlanHash.Of(plan), "chris"));
        var (moved, phase) = (0, 0);
        foreach (var target in new[] { 0.1m, 0.5m, 1m }.Select(f => PhaseTargets.Target(f, instances)))
        {
            phase++;
            if (target == moved)
                continue;
            yield return new(second, new StartPhase(A.Id, phase));
            for (var n = moved + 1; n <= target; n++)
            {
                yield return new(second, new StartInstanceMigration(A.Id, A.Instance(n), 1, A.Pool(n), A.SpotHourlyUsd(n)));
                yield return new(second, new RecordReplacementLaunched(A.Id, A.Instance(n), 1, A.Replacement(n)));
                yield return new(second, new RecordInstanceMigrated(A.Id, A.Instance(n), 1, A.Replacement(n)));
            }

            moved = target;
            yield return new(second, new CompletePhase(A.Id, phase));
            yield return new(second, new OpenQualityWindow(A.Id, phase, [.. Enumerable.Range(1, moved).Select(n => A.Snapshot(A.Replacement(n), Spec.Noon))], []));
            yield return new(policy.MonitoringWindows[phase - 1], new RequestQualityCheck(A.Id, phase));
            yield return new(second, new RecordQuality(A.Id, phase, Checks(instances, phase), [.. Enumerable.Range(1, moved).Select(n => A.Window(A.Replacement(n), errors: 51))], []));
        }

        yield return new(second, new StartPhase(A.Id, phase + 1));
        for (var n = 1; n <= instances; n++)
            yield return new(second, new RecordInstanceRetired(A.Id, A.Instance(n), A.Replacement(n), A.SpotHourlyUsd(n)));
        yield return new(second, new CompleteMigration(A.Id));
    }

    /// <summary>Each phase that has instances to move is measured once.</summary>
    static int Checks(int instances, int phase) =>
        new[] { 0.1m, 0.5m, 1m }.Take(phase).Select(f => PhaseTargets.Target(f, instances)).Distinct().Count();
}
