using OptiInfra.Chaos.Judgement;

namespace OptiInfra.Chaos.Tests;

/// <summary>The short form, once for all tests that look at what it left.</summary>
public sealed class ShortRun : IAsyncLifetime
{
    ChaosRun? run;

    internal ChaosRun Run => run!;
    internal Evidence Evidence { get; private set; } = null!;
    internal Figures Figures { get; private set; } = null!;
    internal Verdict Verdict { get; private set; } = null!;
    internal int Seed { get; } = Environment.GetEnvironmentVariable("OPTIINFRA_CHAOS_SEED") is { Length: > 0 } given
        ? int.Parse(given, System.Globalization.CultureInfo.InvariantCulture)
        : Environment.ProcessId;

    public async ValueTask InitializeAsync()
    {
        run = await ChaosRun.StartAsync(ChaosOptions.Short(Seed), Console.WriteLine);
        (Evidence, Figures) = await run.RunAsync();
        Verdict = Verdict.Of(Evidence);
        foreach (var line in (string[])[.. Figures.Lines, .. Verdict.Findings.Select(f => $"{f.Fate}: {f.What}"), Verdict.Line])
            Console.WriteLine(line);
    }

    public async ValueTask DisposeAsync()
    {
        if (run is not null)
            await run.DisposeAsync();
    }
}
