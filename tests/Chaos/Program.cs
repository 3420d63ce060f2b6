using System.Globalization;
using OptiInfra.Chaos;
using OptiInfra.Chaos.Judgement;

// chaos [--short] [--seed N] [--migrations N]
var seed = Given("--seed") is { } given ? int.Parse(given, CultureInfo.InvariantCulture) : Environment.ProcessId;
var options = args.Contains("--short") ? ChaosOptions.Short(seed) : ChaosOptions.Long(seed);
if (Given("--migrations") is { } migrations)
    options = options with { Migrations = int.Parse(migrations, CultureInfo.InvariantCulture) };

await using var run = await ChaosRun.StartAsync(options, Console.WriteLine);
var (evidence, figures) = await run.RunAsync();
var verdict = Verdict.Of(evidence);
foreach (var line in figures.Lines)
    Console.WriteLine(line);
if (!verdict.ChainIsIntact)
    Console.WriteLine(evidence.ChainReport);
foreach (var finding in verdict.Findings.Take(50))
    Console.WriteLine($"{finding.Fate}: {finding.What}");
Console.WriteLine(verdict.Line);
return verdict.IsClean ? 0 : 1;

string? Given(string name) => Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : null;
