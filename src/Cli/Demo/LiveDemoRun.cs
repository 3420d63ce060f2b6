using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OptiInfra.Cli.Errors;
using OptiInfra.Cli.Jobs;
using OptiInfra.Cli.Migrations;
using OptiInfra.Cli.Output;
using OptiInfra.Contracts.LiveMigrations;
using OptiInfra.EventStore;
using OptiInfra.Gateway.SignIn;
using OptiInfra.Projections;
using Spectre.Console;

namespace OptiInfra.Cli.Demo;

/// <summary>One training job through the platform, called by a client all the time while it is moved.</summary>
sealed record LiveDemoRun(DemoPlatform Platform, JobPolicy Policy)
{
    const string Operator = "demo operator";
    const string Bucket = "checkpoints";
    const int Steps = 1000;
    /// <summary>Seconds of the demo's clock from one step to the next: the whole job takes about four hours of it.</summary>
    const double StepSeconds = 14;

    /// <summary>Times of a clock that runs a hundred times faster than the programs on the instances start.</summary>
    public static JobPolicy Patient { get; } = new()
    {
        WatchInterval = TimeSpan.FromMinutes(2),
        SilenceTimeout = TimeSpan.FromHours(1),
        LaunchTimeout = TimeSpan.FromHours(2),
        CheckpointTimeout = TimeSpan.FromHours(1),
        HandoverTimeout = TimeSpan.FromHours(1),
        RetirementTimeout = TimeSpan.FromHours(2),
    };

    PlatformSettings Settings => Platform.Settings;

    public Task<int> RunAsync(CancellationToken cancellationToken) => Platform.RunAsync(TrainAsync, cancellationToken);

    async Task<int> TrainAsync(IAnsiConsole console, IHost host, CancellationToken cancellationToken)
    {
        await using var desk = new MigrationDesk(Settings);
        var store = host.Services.GetRequiredService<IDocumentStore>();
        var id = Guid.CreateVersion7(Settings.Clock.GetUtcNow());
        await desk.ExecuteAsync(new SubmitJob(id, Settings.Customer, Operator, Spec()), Operator, cancellationToken);
        console.Say($"Submitted job {id}; {Platform.GatewayUrl}/jobs/{id} shows it too.");
        if (host.Services.GetRequiredService<FirstSignIn>().Link is { } link)
            console.Say($"Sign in there, once: {link}");
        console.Say($"Its address for its users, wherever it runs: {JobView.Address(id)}predict");

        var watch = new JobWatch(console, store, Settings, id);
        await watch.UntilAsync(j => j.Status is JobStatus.Running || j.IsOver, cancellationToken);
        await using var client = PredictClient.Start($"{JobView.Address(id)}predict");
        var finished = await watch.UntilAsync(j => j.FinishedAt is not null || j.IsOver, cancellationToken);
        await client.StopAsync();
        var over = finished.IsOver ? finished : await watch.UntilAsync(j => j.IsOver, cancellationToken);
        return Report(console, over, client);
    }

    int Report(IAnsiConsole console, JobSummary job, PredictClient client)
    {
        console.WriteLine();
        console.Say($"{EnumWords.Of(job.Status)}: {Amounts.Number(job.Step)} steps, loss {JobView.Loss(job.Loss)} ({job.LossHex}), {Amounts.Number(job.Migrations)} moves while it trained.");
        console.Say($"A client called /predict {Amounts.Number(client.Calls)} times meanwhile: {Amounts.Number(client.Failed)} failed{(client.FirstFailure is { } why ? $" (first: {why})" : "")}; trainers {string.Join(", ", client.Epochs)} answered.");
        console.Say($"Every event, with actor, cause and evidence: optiinfra audit {job.Id} --schema {Settings.Schema}; decided again: optiinfra replay {job.Id} --schema {Settings.Schema}");
        return job.Status is JobStatus.Completed && job.Migrations > 0 && client is { Failed: 0, Calls: > 0 } ? ExitCode.Done : ExitCode.Failed;
    }

    TrainingJobSpec Spec() => new()
    {
        Name = "demo",
        Program = TrainingFolder.Read(Folder(), string.Create(System.Globalization.CultureInfo.InvariantCulture, $"--iterations {Steps} --iteration-delay {StepSeconds}")),
        Needs = new MachineNeeds { ImageId = "ami-0abcdef1234567890", MinVCpus = 4 },
        Bucket = Bucket,
        EstimatedHours = Steps * StepSeconds / 3600,
        Tags = new Dictionary<string, string> { ["team"] = "research" },
        Policy = Policy,
    };

    /// <summary>The training script of the checkout that the program was built in.</summary>
    static string Folder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (Directory.Exists(Path.Combine(folder.FullName, TrainingFolder.Default)))
                return Path.Combine(folder.FullName, TrainingFolder.Default);
        }

        return TrainingFolder.Default;
    }
}
