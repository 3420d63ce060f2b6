using System.Reflection;
using OptiInfra.Benchmarks;
using OptiInfra.Benchmarks.GraphQL;
using OptiInfra.Benchmarks.ScaleOut;

// a process that another one has started to share its work
if (Environment.GetEnvironmentVariable(ScaleOutWorker.Variable) is { Length: > 0 })
{
    await ScaleOutWorker.RunAsync(BenchmarkContext.FromEnvironment());
    return 0;
}

if (Environment.GetEnvironmentVariable(GraphQLServer.Variable) is { Length: > 0 } migrations)
{
    await GraphQLServer.RunAsync(migrations);
    return 0;
}

// list: names and descriptions; NAME: runs one, keeps its figures, ends with its ratio; NAME PART…: those parts, keeps nothing
var benchmarks = Assembly.GetExecutingAssembly().GetTypes()
    .Where(type => type is { IsAbstract: false, IsInterface: false } && type.IsAssignableTo(typeof(IBenchmark)))
    .Select(type => (IBenchmark)Activator.CreateInstance(type)!)
    .OrderBy(benchmark => benchmark.Name, StringComparer.Ordinal)
    .ToList();

if (args is [] or ["list"])
{
    foreach (var benchmark in benchmarks)
        Console.WriteLine($"{benchmark.Name,-28} {benchmark.Description}{(benchmark.Parts.Count == 0 ? "" : $" (parts: {string.Join(", ", benchmark.Parts)})")}");
    if (benchmarks.Count == 0)
        Console.WriteLine("There are no benchmarks yet.");
    return 0;
}

var chosen = benchmarks.Find(benchmark => string.Equals(benchmark.Name, args[0], StringComparison.OrdinalIgnoreCase));
if (chosen is null)
{
    await Console.Error.WriteLineAsync($"There is no benchmark '{args[0]}'. There are: {string.Join(", ", benchmarks.Select(b => b.Name))}");
    return 2;
}

var parts = args[1..];
if (parts.Except(chosen.Parts, StringComparer.OrdinalIgnoreCase).FirstOrDefault() is { } unknown)
{
    await Console.Error.WriteLineAsync(chosen.Parts.Count == 0
        ? $"{chosen.Name} is measured as a whole; leave '{unknown}' out."
        : $"{chosen.Name} has no part '{unknown}'. It has: {string.Join(", ", chosen.Parts)}");
    return 2;
}

using var stopped = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stopped.Cancel();
};

try
{
    var context = BenchmarkContext.FromEnvironment(parts);
    var machine = await Machine.DescribeAsync(context.PostgresOwner, stopped.Token);
    var began = TimeProvider.System.GetUtcNow();
    await chosen.RunAsync(context, stopped.Token);
    var lastLine = context.LastLine(chosen.Name);
    if (parts.Length == 0)
        await ResultFile.WriteAsync(chosen, began, machine, context.Report, lastLine);
    Console.WriteLine(lastLine);
    return 0;
}
catch (OperationCanceledException) when (stopped.IsCancellationRequested)
{
    await Console.Error.WriteLineAsync("Stopped; no figures were kept.");
    return 130;
}
catch (BenchmarkException error)
{
    await Console.Error.WriteLineAsync(error.Message);
    return 1;
}
