using System.Globalization;
using OptiInfra.Chaos;
using OptiInfra.Chaos.Judgement;
using OptiInfra.Chaos.Log;
using OptiInfra.Chaos.Services;
using OptiInfra.Testing;
using Machine = OptiInfra.Benchmarks.Machine;

// chaos [--short | --log [EVENTS]] [--seed N] [--migrations N] [--bound MINUTES]
var began = TimeProvider.System.GetUtcNow();
var seed = Number("--seed", Environment.ProcessId);
try
{
    return args.Contains("--log") ? await LogAsync() : await MigrationsAsync();
}
catch (Exception e)
{
    // caught, so that what was started is ended too
    await Console.Error.WriteLineAsync(e.ToString());
    return 2;
}

async Task<int> MigrationsAsync()
{
    var options = args.Contains("--short") ? ChaosOptions.Short(seed) : ChaosOptions.Long(seed);
    options = options with
    {
        Migrations = Number("--migrations", options.Migrations),
        Bound = TimeSpan.FromMinutes(Number("--bound", (int)options.Bound.TotalMinutes)),
    };
    await using var run = await ChaosRun.StartAsync(options, Console.WriteLine);
    var (evidence, figures) = await run.RunAsync();
    var verdict = Verdict.Of(evidence);
    foreach (var line in (string[])[.. figures.Lines, .. verdict.Findings.Take(50).Select(f => $"{f.Fate}: {f.What}")])
        Console.WriteLine(line);
    if (!verdict.ChainIsIntact)
        Console.WriteLine(evidence.ChainReport);
    if (!args.Contains("--short"))
        await Results.WriteAsync(
            "Migrations", began, await Machine.DescribeAsync(TestServices.Postgres, CancellationToken.None),
            [$"{options.Migrations} migrations of 2 to 4 instances, at most {options.AtOnce} at once, over {options.Processes} processes; seed {seed}", .. figures.Lines], verdict.Line);
    Console.WriteLine(verdict.Line);
    return verdict.IsClean ? 0 : 1;
}

async Task<int> LogAsync()
{
    var options = new LogTrialOptions(Number("--log", 1_000_000), Connections: 48, seed, Within: TimeSpan.FromMinutes(10));
    var lines = new List<string>();
    await using var services = await PrivateServices.StartAsync(ChaosOptions.Short(seed).Folder);
    var result = await LogTrial.RunAsync(options, Path.Combine(services.Folder, "restored"), line =>
    {
        lines.Add(line);
        Console.WriteLine(line);
    });
    await Results.WriteAsync("Log", began, await Machine.DescribeAsync(TestServices.Postgres, CancellationToken.None), lines, result.Line);
    Console.WriteLine(result.Line);
    return result.IsClean ? 0 : 1;
}

int Number(string name, int otherwise) =>
    Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length && int.TryParse(args[at + 1], CultureInfo.InvariantCulture, out var number) ? number : otherwise;
