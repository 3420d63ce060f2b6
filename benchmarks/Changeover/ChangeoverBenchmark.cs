using System.Globalization;
using OptiInfra.Commands;
using OptiInfra.Contracts.LiveMigrations;
using OptiInfra.EndToEnd.Tests.LiveMigrations;

namespace OptiInfra.Benchmarks.Changeover;

/// <summary>A training job that is moved again and again, by the programs as they are and on the wall's clock.</summary>
public sealed class ChangeoverBenchmark : IBenchmark
{
    const int Moves = 20;

    static readonly (string Name, Func<ChangeoverParts, double> Seconds)[] Parts =
    [
        ("checkpoint: the old trainer is asked to save, and has", p => p.Checkpoint),
        ("place: the scout chooses a pool, the launch is decided", p => p.Total - p.Checkpoint - p.Launch - p.Boot - p.Switch - p.TakeOver),
        ("launch: until the cloud has an instance", p => p.Launch),
        ("boot: it runs, the trainer resumes and stands by", p => p.Boot),
        ("switch: the job's address leads to it", p => p.Switch),
        ("takeover: the old one saves once more, the fence", p => p.TakeOver),
        ("**all of it**", p => p.Total),
    ];

    public string Name => "changeover";

    public string Description => "moving a training job, by part, beside starting the same trainer by hand from the same checkpoint";

    public async Task RunAsync(BenchmarkContext context, CancellationToken cancellationToken)
    {
        await using var scene = await JobScene.StartAsync(speed: 1);
        // how long a real cloud takes to boot is its own matter, and not measured here
        await scene.Platform.Control("faults", new { kind = "boot", bootSeconds = 0 });
        // the rules as they are by default, except that it moves when it is told to alone
        await scene.SubmitAsync(policy: _ => new JobPolicy { Scouting = new ScoutPolicy { MinPlacementScore = 1, MinSavingFraction = 0.99 } });
        await scene.BegunAsync();
        await scene.Happened<CheckpointSaved>();

        var moves = new List<TrainingResumed>();
        var starts = new List<(double Serves, double StandsBy)>();
        while (moves.Count < Moves)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (await scene.Platform.Execute(new MigrateNow(scene.Platform.Id, "benchmark")) is CommandOutcome.Refused refused)
                throw new BenchmarkException(refused.Reason);
            moves.Add(await scene.Happened<TrainingResumed>(moves.Count + 1));
            starts.Add(await HandStartedTrainer.MeasureAsync(scene, cancellationToken));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"move {moves.Count}: {moves[^1].Parts.Total:0.00} s; by hand {starts[^1].StandsBy:0.00} s"));
        }

        await scene.EndAsync();
        context.Say($"{Moves} moves that were asked for (`optiinfra jobs migrate`), one after another, of a trainer of infra/training between instances of CloudSim that boot in no time; "
            + "one process with all roles, default rules, PostgreSQL and RabbitMQ of this machine. Seconds by the wall's clock, as `training_resumed` records them. "
            + "The old trainer works until the takeover; no two of them write at once, which is checked.");
        context.Table(["seconds", "median", "p90", "max"], [.. Parts.Select(part => Row(part.Name, [.. moves.Select(m => part.Seconds(m.Parts))]))]);
        context.Say($"Steps done twice: {moves.Sum(m => m.LostSteps)} in {Moves} moves. Baseline: the same trainer, started by hand with the same options and the same checkpoint, after each move:");
        context.Table(["seconds", "median", "p90", "max"], [Row("until it serves /health", [.. starts.Select(s => s.Serves)]), Row("until it has resumed and stands by", [.. starts.Select(s => s.StandsBy)])]);
        context.Compare(Sample.Percentile([.. moves.Select(m => m.Parts.Total)], 0.5), "s for a move, median", Sample.Percentile([.. starts.Select(s => s.StandsBy)], 0.5), "s until a trainer started by hand stands by");
    }

    static string[] Row(string name, List<double> seconds) => [name, .. ((double[])[0.5, 0.9, 1]).Select(fraction => Seconds(Sample.Percentile(seconds, fraction)))];

    static string Seconds(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);
}
