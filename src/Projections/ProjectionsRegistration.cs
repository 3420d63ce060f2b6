using OptiInfra.EventStore;

namespace OptiInfra.Projections;

public static class ProjectionsRegistration
{
    /// <summary>All read models, built behind the appends by the store's daemon.</summary>
    public static StoreOptions AddProjections(this StoreOptions options)
    {
        // by time with the id, so that a page begins where its cursor says
        options.Schema.For<MigrationSummary>().Index("((data->>'requestedAt') collate \"C\"), id").Index("(data->>'status')");
        options.Schema.For<MigrationOpportunities>().Index("((data->>'analysedAt') collate \"C\")");
        options.Schema.For<AgentVotes>().Index("((data->>'deadline') collate \"C\")");
        options.Schema.For<JobSummary>().Index("((data->>'submittedAt') collate \"C\"), id").Index("(data->>'status')");
        options.Projections
            .Add(new MigrationSummaryProjection(), ProjectionLifecycle.Async)
            .Add(new MigrationTimelineProjection(), ProjectionLifecycle.Async)
            .Add(new MigrationMovesProjection(), ProjectionLifecycle.Async)
            .Add(new MigrationOpportunitiesProjection(), ProjectionLifecycle.Async)
            .Add(new AgentVotesProjection(), ProjectionLifecycle.Async)
            .Add(new SavingsByMonthProjection(), ProjectionLifecycle.Async)
            .Add(new JobSummaryProjection(), ProjectionLifecycle.Async)
            .Add(new JobHistoryProjection(), ProjectionLifecycle.Async);
        return options;
    }
}
