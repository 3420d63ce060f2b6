using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Commands.Tests.Laws;

/// <summary>What holds of every migration, whatever commands come in whatever order.</summary>
public sealed class MigrationLaws
{
    static bool IsEnd(object e) => e is MigrationCompleted or MigrationFailed or MigrationRolledBack or MigrationCancelled;

    /// <summary>A law that no walk can break says nothing: they must get everywhere.</summary>
    [Fact]
    public void the_walks_reach_every_event_and_every_end()
    {
        var walks = Walks.Seeded(400).ToList();
        var seen = walks.SelectMany(w => w.Events).Select(e => e.GetType()).ToHashSet();
        Assert.Empty(ContractsJson.EventTypes.Select(t => t.Type).Where(t => t.Namespace == typeof(MigrationRequested).Namespace && !seen.Contains(t)).Select(t => t.Name));
        var statuses = walks.Select(w => w.State.Status).ToHashSet();
        Assert.Superset(new HashSet<MigrationStatus> { MigrationStatus.Complete, MigrationStatus.Failed, MigrationStatus.RolledBack, MigrationStatus.Cancelled }, statuses);
        Assert.Contains(walks, w => w.Events.OfType<PhaseStarted>().Count() >= 3 && w.State.Status is MigrationStatus.Complete);
        Assert.Contains(walks, w => w.Events.OfType<InstanceInterrupted>().Any() && w.Events.OfType<InstanceRetired>().Any());
    }

    [Fact]
    public void every_event_survives_its_json_to_the_byte() =>
        Walks.All(walk => Assert.All(walk.Events, e => Assert.Equal(Log.Text(e), Log.Text(Log.Reread(e)))));

    [Fact]
    public void deciding_again_from_the_log_gives_the_same_bytes() =>
        Walks.All(walk =>
        {
            var log = walk.Events.Select(Log.Reread).ToList();
            foreach (var d in walk.Decided)
            {
                var recorded = Log.Reread(RecordedCommand.Of(d.Command, new CommandContext(Guid.NewGuid(), "walk", "acme"), d.Version, d.Decision, d.At));
                var again = SpotMigrationDecider.Decide(Fold(log.Take(d.Version)), (ISpotMigrationCommand)recorded.Read(), recorded.DecidedAt);
                Assert.Equal(Log.Text(d.Decision), Log.Text(again));
            }

            static SpotMigration? Fold(IEnumerable<object> events) => Log.Fold(events);
        }, cases: 40);

    /// <summary>As the store keeps it, at any point of the history.</summary>
    [Fact]
    public void a_state_survives_its_snapshot_and_decides_as_before() =>
        Walks.All(walk =>
        {
            foreach (var d in walk.Decided)
            {
                var folded = Log.Fold(walk.Events.Take(d.Version));
                var kept = folded is null ? null : Log.Reread(folded);
                Assert.Equal(State(folded), State(kept));
                Assert.Equal(Log.Text(d.Decision), Log.Text(SpotMigrationDecider.Decide(kept, d.Command, d.At)));
                Assert.Equal(State(walk.State), State(Log.Fold(kept, walk.Events.Skip(d.Version))));
            }
        }, cases: 20);

    /// <summary>Sets have no order.</summary>
    static string State(SpotMigration? state) => Sorted(System.Text.Json.JsonSerializer.SerializeToNode(state, ContractsJson.Options))?.ToJsonString() ?? "";

    static System.Text.Json.Nodes.JsonNode? Sorted(System.Text.Json.Nodes.JsonNode? node) => node switch
    {
        System.Text.Json.Nodes.JsonObject o => new System.Text.Json.Nodes.JsonObject(o.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => KeyValuePair.Create(p.Key, Sorted(p.Value)))),
        System.Text.Json.Nodes.JsonArray a => new System.Text.Json.Nodes.JsonArray([.. a.Select(Sorted)]),
        _ => node?.DeepClone(),
    };

    [Fact]
    public void nothing_happens_after_the_end() =>
        Walks.All(walk => Assert.All(walk.Events.SkipLast(1), e => Assert.False(IsEnd(e))));

    [Fact]
    public void the_state_is_over_exactly_when_the_end_has_happened() => Walks.All(walk => Assert.Equal(walk.Events.Any(IsEnd), walk.State.IsOver));

    [Fact]
    public void only_planned_instances_start_each_in_one_phase_and_in_the_plans_order() =>
        Walks.All(walk =>
        {
            var phases = walk.Events.OfType<PhaseStarted>().ToList();
            var inPhases = phases.SelectMany(p => p.InstanceIds).ToList();
            Assert.Equal(walk.State.Plan?.Moves.Select(m => m.InstanceId).Take(inPhases.Count) ?? [], inPhases);
            Assert.Equal(phases.Select(p => p.Phase).Order().Distinct(), phases.Select(p => p.Phase));
            Assert.All(phases.Select((p, i) => (p.TargetInstances, phases.Take(i + 1).Sum(x => x.InstanceIds.Count))), p => Assert.Equal(p.Item2, p.TargetInstances));
            var started = walk.Events.OfType<InstanceMigrationStarted>().ToList();
            Assert.Subset(inPhases.ToHashSet(), started.Select(s => s.InstanceId).ToHashSet());
            Assert.Equal(started.Count, started.Select(s => s.ClientToken).Distinct().Count());
        });

    [Fact]
    public void an_instance_has_one_replacement_at_a_time() =>
        Walks.All(walk =>
        {
            var open = new HashSet<string>();
            var numbers = new Dictionary<string, int>();
            foreach (var e in walk.Events)
            {
                switch (e)
                {
                    case InstanceMigrationStarted s:
                        Assert.True(open.Add(s.InstanceId), $"{s.InstanceId} starts attempt {s.Attempt} while another is under way");
                        Assert.Equal(numbers.GetValueOrDefault(s.InstanceId) + 1, s.Attempt);
                        numbers[s.InstanceId] = s.Attempt;
                        break;
                    case LaunchFailed f:
                        open.Remove(f.InstanceId);
                        break;
                    case InstanceInterrupted i:
                        open.Remove(i.InstanceId);
                        break;
                }
            }
        });

    [Fact]
    public void nothing_is_launched_for_a_migration_that_turned_back_or_retires() =>
        Walks.All(walk => Assert.All(
            walk.Events.SkipWhile(e => e is not (RollbackStarted or RetirementStarted or CancellationRequested)),
            e => Assert.False(e is InstanceMigrationStarted or ReplacementLaunched or InstanceMigrated or PhaseStarted, e.ToString())));

    [Fact]
    public void a_rollback_lists_every_instance_with_an_attempt_once_the_latest_traffic_first() =>
        Walks.All(walk =>
        {
            for (var i = 0; i < walk.Events.Count; i++)
            {
                if (walk.Events[i] is not RollbackStarted rollback)
                    continue;
                var before = walk.Events.Take(i).ToList();
                Assert.Equal(before.OfType<InstanceMigrationStarted>().Select(s => s.InstanceId).Distinct().Order(), rollback.InstanceIds.Order());
                var migratedAt = before.Select((e, at) => (Id: (e as InstanceMigrated)?.InstanceId, at)).Where(m => m.Id is not null).GroupBy(m => m.Id!).ToDictionary(g => g.Key, g => g.Max(m => m.at));
                var places = rollback.InstanceIds.Select(id => migratedAt.GetValueOrDefault(id, -1)).ToList();
                Assert.Equal(places.OrderDescending(), places);
            }
        });

    [Fact]
    public void a_migration_rolls_back_or_retires_but_never_both() =>
        Walks.All(walk => Assert.False(walk.Events.Any(e => e is RollbackStarted) && walk.Events.Any(e => e is RetirementStarted or InstanceRetired)));

    [Fact]
    public void an_old_instance_goes_only_after_the_gate_over_all_that_moved() =>
        Walks.All(walk =>
        {
            var retirement = walk.Events.ToList().FindIndex(e => e is RetirementStarted);
            Assert.DoesNotContain(walk.Events.Take(retirement < 0 ? walk.Events.Count : retirement), e => e is InstanceRetired);
            if (retirement < 0)
                return;
            var before = walk.Events.Take(retirement).ToList();
            var last = before.OfType<PhaseStarted>().Last();
            Assert.Equal(walk.State.Plan!.Moves.Count, last.TargetInstances);
            // the last word on the last phase is a passed gate, or a person's
            var word = before.Last(e => e is QualityMeasured or RolloutResumed);
            Assert.True(word is QualityMeasured { Comparison.Verdict: QualityVerdict.Healthy } or RolloutResumed { QualityAccepted: true });
            Assert.Equal(last.Phase, word is QualityMeasured m ? m.Phase : ((RolloutResumed)word).Phase);
            Assert.All(walk.Events.OfType<InstanceRetired>(), r => Assert.Contains(r.InstanceId, ((RetirementStarted)walk.Events[retirement]).InstanceIds));
        });

    [Fact]
    public void nothing_moves_without_an_approval_of_exactly_this_plan() =>
        Walks.All(walk =>
        {
            if (!walk.Events.Any(e => e is PhaseStarted))
                return;
            var approval = walk.Events.OfType<CustomerApproved>().Single();
            var asked = walk.Events.OfType<ApprovalRequested>().Single();
            Assert.Equal((PlanHash.Of(asked.Plan), asked.PlanHash), (approval.PlanHash, approval.PlanHash));
            Assert.True(approval.At < asked.ExpiresAt);
            Assert.All(walk.Events.OfType<InstanceMigrationStarted>(), s => Assert.Contains(s.Pool, asked.Plan.Moves.Single(m => m.InstanceId == s.InstanceId).Candidates.Select(c => c.Pool)));
        });

    [Fact]
    public void at_the_end_of_a_completed_migration_each_instance_is_settled() =>
        Walks.All(walk =>
        {
            if (walk.State.Status is MigrationStatus.Complete)
                Assert.All(walk.State.Moves.Values, m => Assert.True(m.Status is MoveStatus.Retired or MoveStatus.Failed or MoveStatus.ReturnedToOnDemand, $"{m.InstanceId} is {m.Status}"));
            if (walk.State.Status is MigrationStatus.RolledBack or MigrationStatus.Cancelled)
                Assert.All(walk.State.Moves.Values.Where(m => m.Attempts.Count > 0), m => Assert.Equal(MoveStatus.RolledBack, m.Status));
        });
}
