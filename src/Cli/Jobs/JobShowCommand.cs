using System.CommandLine;
using OptiInfra.Cli.Errors;
using OptiInfra.Cli.Hosting;
using OptiInfra.Cli.Migrations;
using OptiInfra.Cli.Output;
using OptiInfra.EventStore;
using OptiInfra.Projections;
using Spectre.Console;

namespace OptiInfra.Cli.Jobs;

/// <summary><c>optiinfra jobs show</c>: one training job.</summary>
static class JobShowCommand
{
    public static Command Create(PlatformOptions platform)
    {
        var id = new Argument<string>("id") { Description = "the job's id, or the beginning of it" };
        var watch = new Option<bool>("--watch") { Description = "show progress until it is over; exit status 0 only when it is completed" };
        var json = new Option<bool>("--json") { Description = "as JSON" };
        var command = new Command("show", "Shows a training job: where it runs and why, its loss, its changeovers and what they took.") { id, watch, json };
        command.SetHandler(platform, async (parsed, settings, cancellationToken) =>
        {
            if (parsed.GetValue(watch) && parsed.GetValue(json))
                throw CliException.BadInput("--watch goes without --json.");
            await using var store = PlatformStore.Open(settings);
            var job = await MigrationLookup.FindJobAsync(store, settings.Customer, parsed.GetValue(id)!, cancellationToken);
            return (await ShowsAsync(Terminal.Create(), store, settings, job, parsed.GetValue(watch), parsed.GetValue(json), cancellationToken))!.Value;
        });
        return command;
    }

    /// <returns>The exit status; null where the stream is no job's.</returns>
    public static async Task<int?> ShowsAsync(IAnsiConsole console, IDocumentStore store, PlatformSettings settings, Guid id, bool watch, bool asJson, CancellationToken cancellationToken)
    {
        await using var session = store.QuerySession(settings.Customer);
        if (!await MigrationLookup.IsJobAsync(session, id, cancellationToken))
            return null;
        if (watch)
            return await JobWatch.UntilOverAsync(console, store, settings, id, cancellationToken);
        var summary = await session.LoadAsync<JobSummary>(id, cancellationToken)
            ?? throw CliException.Failed($"Job {id} exists and its read model does not yet: is a process with the role projections running (`optiinfra run`)?");
        var history = await session.LoadAsync<JobHistory>(id, cancellationToken);
        var now = settings.Clock.GetUtcNow();
        if (asJson)
            await JsonOutput.WriteAsync(new JobAnswer(summary, history, JobView.Address(id), summary.PaidUsd(now), summary.OnDemandUsd(now), summary.SavedUsd(now)));
        else
            console.Write(JobView.Of(summary, history, [], now));
        return ExitCode.Done;
    }

    /// <param name="Address">Of the job's endpoint, for its users.</param>
    sealed record JobAnswer(JobSummary Job, JobHistory? History, string Address, decimal PaidUsd, decimal OnDemandUsd, decimal SavedUsd);
}
