using OptiInfra.Commands.LiveMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.LiveMigrations;

namespace OptiInfra.Commands.Tests.LiveMigrations;

/// <summary>What holds of every training job, whatever commands come in whatever order.</summary>
public sealed class JobLaws
{
    static bool IsEnd(object e) => e is JobCompleted or JobFailed or JobCancelled;

    static bool Stops(object e) => e is TrainingFinished or JobStopped;

    /// <summary>A law that no walk can break says nothing: they must get everywhere.</summary>
    [Fact]
    public void the_walks_reach_every_event_and_every_end()
    {
        var walks = JobWalk.Seeded(400).ToList();
        var seen = walks.SelectMany(w => w.Events).Select(e => e.GetType()).ToHashSet();
        Assert.Empty(ContractsJson.EventTypes.Select(t => t.Type).Where(t => t.Namespace == typeof(JobSubmitted).Namespace && !seen.Contains(t)).Select(t => t.Name));
        Assert.Superset(new HashSet<JobStatus> { JobStatus.Completed, JobStatus.Failed, JobStatus.Cancelled }, walks.Select(w => w.State.Status).ToHashSet());
        Assert.Contains(walks, w => w.Events.OfType<TrainingResumed>().Count() >= 3 && w.State.Status is JobStatus.Completed);
        Assert.Contains(walks, w => w.Events.OfType<EndpointSwitched>().Any(e => e.Back));
    }

    [Fact]
    public void every_event_survives_its_json_to_the_byte() =>
        JobWalk.All(walk => Assert.All(walk.Events, e => Assert.Equal(Log.Text(e), Log.Text(Log.Reread(e)))));

    [Fact]
    public void every_command_survives_its_recording_to_the_byte() => Assert.All(EveryJobCommand.Examples(), command =>
    {
        var recorded = Log.Reread(RecordedCommand.Of(command, new CommandContext(Guid.NewGuid(), "pat", "acme"), 7, Decision.Nothing, Spec.Noon));
        var read = recorded.Read();
        Assert.Equal(command.GetType(), read.GetType());
        Assert.Equal(System.Text.Json.JsonSerializer.Serialize(command, command.GetType(), ContractsJson.Options), System.Text.Json.JsonSerializer.Serialize(read, read.GetType(), ContractsJson.Options));
    });

    [Fact]
    public void deciding_again_from_the_log_gives_the_same_bytes() =>
        JobWalk.All(walk =>
        {
            var log = walk.Events.Select(Log.Reread).ToList();
            foreach (var d in walk.Decided)
            {
                var recorded = Log.Reread(RecordedCommand.Of(d.Command, new CommandContext(Guid.NewGuid(), "walk", "acme"), d.Version, d.Decision, d.At));
                Assert.Equal(Log.Text(d.Decision), Log.Text(TrainingJobDecider.Decide(Log.FoldJob(log.Take(d.Version)), (ILiveMigrationCommand)recorded.Read(), recorded.DecidedAt)));
            }
        }, cases: 40);

    /// <summary>As the store keeps it, at any point of the history.</summary>
    [Fact]
    public void a_state_survives_its_snapshot_and_decides_as_before() =>
        JobWalk.All(walk =>
        {
            foreach (var d in walk.Decided)
            {
                var folded = Log.FoldJob(walk.Events.Take(d.Version));
                Assert.Equal(Log.Text(d.Decision), Log.Text(TrainingJobDecider.Decide(folded is null ? null : Log.Reread(folded), d.Command, d.At)));
            }
        }, cases: 20);

    // a call for attention is said again as long as it is so
    [Fact]
    public void the_same_command_at_once_again_does_nothing() =>
        JobWalk.All(walk =>
        {
            for (var version = 0; version < walk.Decided.Count; version++)
            {
                var d = walk.Decided[version];
                if (d.Decision is not Decision.Accepted { Events.Count: > 0 } accepted)
                    continue;
                var after = Log.FoldJob(walk.Events.Take(d.Version + accepted.Events.Count));
                if (TrainingJobDecider.Decide(after, d.Command, d.At) is Decision.Accepted again)
                    Assert.All(again.Events, e => Assert.IsType<JobAttentionNeeded>(e));
            }
        }, cases: 40);

    [Fact]
    public void nothing_happens_after_the_end() => JobWalk.All(walk =>
    {
        Assert.All(walk.Events.SkipLast(1), e => Assert.False(IsEnd(e)));
        Assert.Equal(walk.Events.Any(IsEnd), walk.State.IsOver);
    });

    [Fact]
    public void a_job_stops_once_and_then_only_goes_away() =>
        JobWalk.All(walk => Assert.All(walk.Events.SkipWhile(e => !Stops(e)).Skip(1), e => Assert.True(e is OldInstanceTerminated or JobAttentionNeeded || IsEnd(e), e.ToString())));

    [Fact]
    public void epochs_and_changeovers_count_up_by_one_and_every_launch_has_a_token_of_its_own() => JobWalk.All(walk =>
    {
        var launches = walk.Events.OfType<ProvisioningStarted>().ToList();
        Assert.Equal(Enumerable.Range(1, launches.Count), launches.Select(l => l.Epoch));
        Assert.Equal(launches.Count, launches.Select(l => l.ClientToken).Distinct().Count());
        var triggers = walk.Events.OfType<MigrationTriggered>().ToList();
        Assert.Equal(Enumerable.Range(1, triggers.Count), triggers.Select(t => t.Number));
    });

    [Fact]
    public void one_trainer_works_at_a_time_and_always_one_of_a_later_epoch() => JobWalk.All(walk =>
    {
        int? working = null;
        var last = 0;
        foreach (var e in walk.Events)
        {
            switch (e)
            {
                case TrainingStarted or TrainingResumed:
                    var epoch = e is TrainingStarted s ? s.Epoch : ((TrainingResumed)e).Epoch;
                    Assert.True(working is null, $"epoch {epoch} begins while {working} works");
                    Assert.True(epoch > last, $"epoch {epoch} begins after {last}");
                    (working, last) = (epoch, epoch);
                    break;
                case TrainerFenced f:
                    Assert.Equal(working, f.Epoch);
                    Assert.True(f.ByEpoch > f.Epoch);
                    working = null;
                    break;
                case TrainerLost l:
                    Assert.Equal(working, l.Epoch);
                    working = null;
                    break;
                case TrainingFinished or JobStopped:
                    working = null;
                    break;
            }
        }

        Assert.Equal(working, walk.State.WorkingEpoch);
        Assert.Equal(working is null ? [] : [working.Value], walk.State.Trainers.Where(t => t.Stage is TrainerStage.Working).Select(t => t.Epoch));
    });

    /// <summary>By checkpoint, proof and switch: nothing may be left out, whatever goes wrong on the way.</summary>
    [Fact]
    public void a_trainer_takes_over_only_after_it_stood_by_and_was_told_to() => JobWalk.All(walk =>
    {
        for (var i = 0; i < walk.Events.Count; i++)
        {
            var epoch = walk.Events[i] switch { TrainingStarted s => s.Epoch, TrainingResumed r => r.Epoch, _ => 0 };
            if (epoch == 0)
                continue;
            var before = walk.Events.Take(i).ToList();
            var ready = before.FindIndex(e => e is TrainerReady t && t.Epoch == epoch);
            var told = before.FindIndex(e => e is TakeOverRequested t && t.Epoch == epoch);
            Assert.True(ready >= 0 && told > ready, $"epoch {epoch} was ready at {ready}, told at {told}");
        }
    });

    [Fact]
    public void at_most_one_launch_is_on_its_way() => JobWalk.All(walk =>
    {
        int? coming = null;
        foreach (var e in walk.Events)
        {
            switch (e)
            {
                case ProvisioningStarted p:
                    Assert.Null(coming);
                    coming = p.Epoch;
                    break;
                case ProvisioningFailed f:
                    Assert.Equal(coming, f.Epoch);
                    coming = null;
                    break;
                case TrainingStarted or TrainingResumed or TrainingFinished or JobStopped:
                    coming = null;
                    break;
            }
        }
    });

    [Fact]
    public void at_the_end_everything_that_was_launched_is_gone() => JobWalk.All(walk =>
    {
        if (!walk.State.IsOver)
            return;
        Assert.Equal(walk.Events.OfType<ProvisioningStarted>().Select(l => l.Epoch), walk.Events.OfType<OldInstanceTerminated>().Select(t => t.Epoch).Order());
    });

    [Fact]
    public void a_trainer_that_works_is_not_told_to_go() => JobWalk.All(walk =>
    {
        for (var version = 1; version <= walk.Events.Count; version++)
        {
            if (walk.Events[version - 1] is OldInstanceTerminated gone)
                Assert.NotEqual(gone.Epoch, Log.FoldJob(walk.Events.Take(version - 1))!.WorkingEpoch);
        }
    }, cases: 40);

    [Fact]
    public void a_changeover_that_fails_leaves_the_working_trainer_its_job_and_its_endpoint() => JobWalk.All(walk =>
    {
        foreach (var d in walk.Decided)
        {
            if (d.Decision is not Decision.Accepted accepted || accepted.Events.OfType<ProvisioningFailed>().SingleOrDefault() is not { } failed)
                continue;
            var (before, after) = (Log.FoldJob(walk.Events.Take(d.Version))!, Log.FoldJob(walk.Events.Take(d.Version + accepted.Events.Count))!);
            if (before.Working is not { } working)
                continue;
            Assert.Equal((working.Epoch, TrainerStage.Working), (after.WorkingEpoch, after.Working!.Stage));
            Assert.NotEqual(failed.Epoch, after.SwitchingTo);
            Assert.True(after.EndpointEpoch == working.Epoch || after.SwitchingTo == working.Epoch, $"the endpoint stays on {after.EndpointEpoch}, switching to {after.SwitchingTo}; {working.Epoch} works");
        }
    });

    [Fact]
    public void the_status_says_what_is_so() => JobWalk.All(walk =>
    {
        for (var version = 1; version <= walk.Events.Count; version++)
        {
            var s = Log.FoldJob(walk.Events.Take(version))!;
            // within one decision a state may be on its way
            if (!walk.Decided.Any(d => d.Version == version) && version < walk.Events.Count)
                continue;
            Assert.True(s.Status switch
            {
                JobStatus.Running => s is { WorkingEpoch: not null, ComingEpoch: null, Changeover: null },
                JobStatus.Migrating => s is { WorkingEpoch: not null, Changeover: not null },
                JobStatus.Provisioning => s.WorkingEpoch is null && (s.ComingEpoch is not null || s.Offer is not null),
                JobStatus.Scouting => s is { WorkingEpoch: null, ComingEpoch: null },
                JobStatus.Ending => s.Ending is not null,
                _ => true,
            }, $"{s.Status}: works {s.WorkingEpoch}, comes {s.ComingEpoch}, offer {s.Offer}, changeover {s.Changeover}");
        }
    }, cases: 40);

    [Fact]
    public void from_wherever_it_stands_a_job_comes_to_an_end_when_everybody_does_their_part() => JobWalk.All(walk =>
    {
        for (var step = 0; !walk.State.IsOver; step++)
        {
            Assert.True(step < 200, $"hangs in {walk.State.Status}");
            var before = walk.Events.Count;
            // the first that leads anywhere: a repeated report of what is known does not
            foreach (var command in JobPlayers.Next(walk.State))
            {
                walk.Execute(command);
                if (walk.Events.Count > before)
                    break;
            }

            Assert.True(walk.Events.Count > before, $"nothing leads on in {walk.State.Status}");
        }
    });

    [Fact]
    public void from_wherever_it_stands_a_live_job_can_be_cancelled() => JobWalk.All(walk =>
    {
        if (!walk.State.IsLive)
            return;
        walk.Execute(new CancelJob(AJob.Id, "kim", "changed my mind"));
        foreach (var trainer in walk.State.Trainers.Where(t => t.Stage is TrainerStage.Leaving).ToList())
            walk.Execute(new RecordInstanceTerminated(AJob.Id, trainer.Epoch, trainer.InstanceId));
        walk.Execute(new ConcludeJob(AJob.Id));
        Assert.Equal(JobStatus.Cancelled, walk.State.Status);
    });
}
