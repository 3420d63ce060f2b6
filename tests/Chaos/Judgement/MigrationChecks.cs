using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Chaos.Judgement;

/// <summary>Every migration has ended, and what happens once in a migration happened once.</summary>
static class MigrationChecks
{
    public static IEnumerable<Finding> Of(Evidence evidence)
    {
        var migrations = evidence.Migrations.ToDictionary(m => m.Id);
        foreach (var id in evidence.Requested)
            if (!migrations.TryGetValue(id, out var migration))
                yield return new(Fate.Lost, $"migration {id} was requested and has no stream");
            else if (!migration.IsOver)
                yield return new(Fate.Unfinished, $"migration {id} is {migration.Status}, stage {migration.Stage}, phase {migration.Phase}");

        foreach (var again in evidence.Events
            .Select(e => (e.StreamId, Once: OnceIn(e.Data)))
            .Where(e => e.Once is not null)
            .GroupBy(e => e)
            .Where(g => g.Count() > 1))
            yield return new(Fate.Duplicated, $"migration {again.Key.StreamId}: {again.Key.Once} happened {again.Count()} times");
    }

    /// <summary>What may happen only once in a migration; null where it may happen again.</summary>
    static string? OnceIn(object e) => e switch
    {
        MigrationRequested or AnalysisStarted or FleetAnalyzed or QualityBaselineTaken or CustomerApproved or RetirementStarted or RollbackStarted => e.GetType().Name,
        MigrationCompleted or MigrationRolledBack or MigrationCancelled or MigrationFailed => "the end",
        OpportunityFound x => $"the opportunity of {x.Opportunity.InstanceId}",
        AgentApproved x => $"the vote of {x.Agent}",
        AgentRejected x => $"the vote of {x.Agent}",
        PhaseStarted x => $"the start of phase {x.Phase}",
        PhaseCompleted x => $"the end of phase {x.Phase}",
        InstanceMigrationStarted x => $"the start of attempt {x.Attempt} of {x.InstanceId}",
        ReplacementLaunched x => $"the launch of attempt {x.Attempt} of {x.InstanceId}",
        LaunchFailed x => $"the failure of attempt {x.Attempt} of {x.InstanceId}",
        InstanceMigrated x => $"the move of attempt {x.Attempt} of {x.InstanceId}",
        InstanceInterrupted x => $"the interruption of {x.ReplacementId}",
        InstanceRolledBack x => $"the rollback of {x.InstanceId}",
        InstanceReturnedToOnDemand x => $"the return of {x.InstanceId}",
        InstanceRetired x => $"the retirement of {x.InstanceId}",
        QualityCheckRequested x => $"check {x.Check} of phase {x.Phase}",
        QualityMeasured x => $"the measurement {x.Check} of phase {x.Phase}",
        _ => null,
    };
}
