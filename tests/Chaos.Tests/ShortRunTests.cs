using Npgsql;
using OptiInfra.Chaos.Judgement;
using OptiInfra.Chaos.Programs;
using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts.SpotMigrations;
using OptiInfra.EventStore;

namespace OptiInfra.Chaos.Tests;

public sealed class ShortRunTests(ShortRun run) : IClassFixture<ShortRun>
{
    [Fact]
    public void GivenFaultsOfEveryKind_WhenMigrationsRunOverThreeProcesses_ThenNothingIsLostNothingHappensTwiceAndAllEnd() =>
        Assert.True(run.Verdict.IsClean, string.Join('\n', [$"seed {run.Seed}", run.Verdict.Line, run.Evidence.ChainReport, .. run.Verdict.Findings.Select(f => $"{f.Fate}: {f.What}")]));

    [Fact]
    public void GivenTheRun_WhenItIsOver_ThenThereWasSomethingToLose()
    {
        Assert.NotEmpty(run.Evidence.Launches);
        Assert.NotEmpty(run.Evidence.Inbox);
        Assert.NotEmpty(run.Evidence.ReadModels);
        Assert.Superset(ChaosScene.Endpoints.ToHashSet(), run.Evidence.Subscriptions.Select(s => s.Endpoint).ToHashSet(StringComparer.Ordinal));
        Assert.Contains(run.Evidence.Migrations, m => m.Status is MigrationStatus.Complete);
        Assert.NotEmpty(run.Figures.Faults);
    }

    [Theory]
    [MemberData(nameof(Falsifications))]
    public void GivenTheRun_WhenItsRecordIsFalsified_ThenTheCountRises(string what, Fate fate)
    {
        var falsified = Falsified[what](run.Evidence);
        Assert.True(Verdict.Of(falsified).Count(fate) > run.Verdict.Count(fate), what);
    }

    [Fact]
    public async Task GivenTheRun_WhenAnEventIsTamperedWith_ThenTheChainIsBroken()
    {
        var victim = run.Evidence.Events.First(e => e.Data is CustomerApproved or MigrationFailed);
        var schema = run.Run.Scene.Schema;
        await using var connection = new NpgsqlConnection(schema.OwnerConnectionString);
        await connection.OpenAsync();
        await using var tamper = new NpgsqlCommand($"update {schema.Schema}.events set actor = 'mallory' where id = $1", connection) { Parameters = { new() { Value = victim.Id } } };
        Assert.Equal(1, await tamper.ExecuteNonQueryAsync());

        var (exitCode, report) = await OptiInfraProgram.RunAsync(["audit", "verify"], run.Run.Scene.Environment);

        var verdict = Verdict.Of(run.Evidence with { ChainIsIntact = exitCode == 0 });
        Assert.EndsWith("chain broken", verdict.Line, StringComparison.Ordinal);
        Assert.False(verdict.IsClean);
        Assert.Contains(victim.StreamId.ToString(), report, StringComparison.Ordinal);
    }

    public static TheoryData<string, Fate> Falsifications
    {
        get
        {
            var data = new TheoryData<string, Fate>();
            foreach (var what in Falsified.Keys)
                data.Add(what, what[..what.IndexOf(':', StringComparison.Ordinal)] switch { "lost" => Fate.Lost, "duplicated" => Fate.Duplicated, _ => Fate.Unfinished });
            return data;
        }
    }

    static readonly Dictionary<string, Func<Evidence, Evidence>> Falsified = new(StringComparer.Ordinal)
    {
        ["lost: an inbox row is deleted"] = r => r with { Inbox = [.. r.Inbox.Where(row => row != HandledEvent(r))] },
        ["duplicated: an inbox row is there twice"] = r => r with { Inbox = [.. r.Inbox, HandledEvent(r)] },
        ["lost: a message lies in an error queue"] = r => r with { LeftMessages = [new("cost-agent_error", Guid.NewGuid().ToString(), "it failed")] },
        ["duplicated: a launch of the cloud's record has a second instance"] = r => r with { Launches = [.. r.Launches, r.Launches[0] with { InstanceId = "i-second" }] },
        ["lost: the cloud does not know of a launch"] = r => r with { Launches = [.. r.Launches.Where(l => l.InstanceId != AReplacement(r))] },
        ["lost: the cloud launched what no event says"] = r => r with { Launches = [.. r.Launches, new("optiinfra-unknown", "i-unknown")] },
        ["lost: an instance that should serve is gone"] = r => r with { Machines = Without(r.Machines, AReplacement(r)) },
        ["lost: an instance that should serve gets no traffic"] = r => r with { Machines = With(r.Machines, r.Machines[AReplacement(r)] with { TrafficShare = 0 }) },
        ["duplicated: a retired instance still runs"] = r => r with { Machines = With(r.Machines, new(RetiredMove(r).InstanceId, "running", 0, false)) },
        ["duplicated: an instance runs that nobody uses"] = r => r with { Launches = [.. r.Launches, new("optiinfra-unknown", "i-unknown")], Machines = With(r.Machines, new("i-unknown", "running", 0, false)) },
        ["lost: an event is cut out of its stream"] = r => r with { Events = [.. r.Events.Where(e => e != r.Events[1])] },
        ["lost: the end of a stream is cut off"] = r => r with { Events = [.. r.Events.Take(r.Events.Count - 1)] },
        ["duplicated: an event is in the log twice"] = r => r with { Events = [.. r.Events, r.Events[0]] },
        ["lost: a command is not recorded"] = r => r with { Commands = [.. r.Commands.Where(c => c != r.Commands.First(x => x.EventCount > 0))] },
        ["duplicated: a command had its effect twice"] = r => r with { Commands = [.. r.Commands, r.Commands.First(x => x.EventCount > 0) with { Id = Guid.NewGuid() }] },
        ["lost: the log's reader missed an event"] = r => r with { Followed = [.. r.Followed.Where(s => s != r.Events[^1].Sequence)] },
        ["duplicated: the log's reader was given an event again"] = r => r with { Misordered = [r.Events[0].Sequence] },
        ["unfinished: a migration has not ended"] = r => r with { Migrations = [r.Migrations[0] with { Status = MigrationStatus.Monitoring }, .. r.Migrations.Skip(1)] },
        ["lost: a migration has no stream"] = r => r with { Requested = [.. r.Requested, Guid.NewGuid()] },
        ["lost: a read model differs from its rebuild"] = r => r with { ReadModels = r.ReadModels.ToDictionary(m => m.Key, m => m.Key == r.ReadModels.First().Key ? "{}" : m.Value) },
        ["lost: a read model is missing"] = r => r with { ReadModels = r.ReadModels.Skip(1).ToDictionary() },
        ["duplicated: a read model is there that the log does not give"] = r => r with { Rebuilt = r.Rebuilt.Skip(1).ToDictionary() },
    };

    static Handled HandledEvent(Evidence r)
    {
        var subscribed = r.Subscriptions.Select(s => (s.Endpoint, s.EventType)).ToHashSet();
        return r.Inbox.First(row => r.Events.Any(e => e.Id == row.MessageId && subscribed.Contains((row.Endpoint, e.EventType))));
    }

    static Move RetiredMove(Evidence r) =>
        r.Migrations.Where(m => m.Status is MigrationStatus.Complete).SelectMany(m => m.Moves.Values)
            .First(m => m.Status is MoveStatus.Retired && r.Machines.TryGetValue(m.Current!.ReplacementId!, out var machine) && !machine.TakenBack);

    static string AReplacement(Evidence r) => RetiredMove(r).Current!.ReplacementId!;

    static Dictionary<string, Machine> With(IReadOnlyDictionary<string, Machine> machines, Machine machine) =>
        new(machines, StringComparer.Ordinal) { [machine.InstanceId] = machine };

    static Dictionary<string, Machine> Without(IReadOnlyDictionary<string, Machine> machines, string id) =>
        machines.Where(m => m.Key != id).ToDictionary(StringComparer.Ordinal);
}
