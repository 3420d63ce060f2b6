using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Commands.Tests.Laws;

/// <summary>No migration hangs.</summary>
public sealed class EndLaws
{
    const int Bound = 500;

    [Fact]
    public void from_wherever_it_stands_a_migration_comes_to_an_end_when_everybody_does_their_part() =>
        Walks.All(walk =>
        {
            for (var step = 0; !walk.State.IsOver; step++)
            {
                Assert.True(step < Bound, $"hangs in {walk.State.Status}, {walk.State.Stage}");
                var (command, notBefore) = Players.Next(walk.State, walk.Instances, walk.Now)[0];
                walk.WaitUntil(notBefore);
                var before = walk.Events.Count;
                var decision = walk.Execute(command);
                Assert.True(walk.Events.Count > before, $"{command} led to {decision} in {walk.State.Status}, {walk.State.Stage}");
            }
        });

    [Fact]
    public void from_wherever_it_stands_a_migration_can_be_cancelled_unless_it_retires_or_turns_back_already() =>
        Walks.All(walk =>
        {
            if (walk.State.IsOver || walk.State.Status is MigrationStatus.RollingBack || walk.State.Stage is PhaseStage.Retiring)
                return;
            Assert.IsType<Decision.Accepted>(walk.Execute(new CancelMigration(A.Id, "pat", "changed my mind")));
            Assert.True(walk.State.Status is MigrationStatus.RollingBack or MigrationStatus.Cancelled);
        });

    // timers alone: what was never launched ends, what was is being brought back, and a person has been called
    [Fact]
    public void when_no_agent_ever_answers_the_timers_bring_a_migration_to_its_end_or_to_a_person() =>
        Walks.All(walk =>
        {
            for (var step = 0; step < Bound && !Rests(walk.State); step++)
            {
                var before = walk.Events.Count;
                walk.WaitUntil(walk.Now.AddHours(30));
                foreach (var command in Timers(walk.State))
                    walk.Execute(command);
                Assert.True(walk.Events.Count > before, $"hangs in {walk.State.Status}, {walk.State.Stage}");
            }

            Assert.True(Rests(walk.State), $"never rests: {walk.State.Status}, {walk.State.Stage}");
            if (walk.State.Status is MigrationStatus.RollingBack || (walk.State.Stage is PhaseStage.Retiring && !walk.State.IsOver))
            {
                var waitingFor = walk.State.Status is MigrationStatus.RollingBack ? WaitingFor.Rollback : WaitingFor.Retirement;
                Assert.IsType<AttentionNeeded>(Assert.Single(Assert.IsType<Decision.Accepted>(walk.Execute(new TimeOut(A.Id, waitingFor, walk.State.Phase))).Events));
            }
        });

    /// <summary>Only an agent or a person can go on, and a person has been told.</summary>
    static bool Rests(SpotMigration s) =>
        s.IsOver || s is { Status: MigrationStatus.RollingBack, RollingBack.Count: > 0 } or { Status: MigrationStatus.Paused } or { Stage: PhaseStage.Retiring };

    /// <summary>What the saga does by itself: its timers, and what it does on the last event once more.</summary>
    static IEnumerable<ISpotMigrationCommand> Timers(SpotMigration s) =>
    [
        new TimeOut(s.Id, WaitingFor.Analysis, 0), new RequestVotes(s.Id), new TimeOut(s.Id, WaitingFor.Votes, 0), new ExpireApproval(s.Id), new StartPhase(s.Id, s.Phase + 1),
        new TimeOut(s.Id, WaitingFor.Phase, s.Phase), new RequestQualityCheck(s.Id, s.Phase), new TimeOut(s.Id, WaitingFor.Measurement, s.Phase),
    ];
}
