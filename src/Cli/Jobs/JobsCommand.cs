using System.CommandLine;
using OptiInfra.Cli.Errors;
using OptiInfra.Cli.Hosting;
using OptiInfra.Cli.Output;
using OptiInfra.Projections;

namespace OptiInfra.Cli.Jobs;

/// <summary><c>optiinfra jobs</c>: training jobs.</summary>
static class JobsCommand
{
    const int Listed = 50;

    public static Command Create(PlatformOptions platform)
    {
        var command = new Command("jobs", "Training jobs: lists, shows, submits, moves and cancels them.")
        {
            List(platform, new Command("list", "Lists the training jobs, the newest first.")),
            JobShowCommand.Create(platform),
            JobSubmitCommand.Create(platform),
            JobOrders.Migrate(platform),
            JobOrders.Cancel(platform),
        };
        return List(platform, command);
    }

    static Command List(PlatformOptions platform, Command command)
    {
        var json = new Option<bool>("--json") { Description = "as JSON" };
        command.Options.Add(json);
        command.SetHandler(platform, async (parsed, settings, cancellationToken) =>
        {
            await using var store = PlatformStore.Open(settings);
            await using var session = store.QuerySession(settings.Customer);
            var jobs = await session.QueryAsync<JobSummary>($"order by (data->>'submittedAt') collate \"C\" desc, id desc limit {Listed}", cancellationToken);
            if (parsed.GetValue(json))
                await JsonOutput.WriteAsync(jobs);
            else if (jobs.Count == 0)
                Terminal.Create().Say($"Customer '{settings.Customer}' has no training jobs; `optiinfra jobs submit` submits one.");
            else
                Write(jobs, settings.Clock.GetUtcNow());
            return ExitCode.Done;
        });
        return command;
    }

    static void Write(IReadOnlyList<JobSummary> jobs, DateTimeOffset now)
    {
        var table = Terminal.Table("Job", "Name", "Submitted", "By", "Status", "Runs in", ">USD/h", ">Step", ">Loss", ">Moves", ">Paid USD", ">Saved USD");
        foreach (var j in jobs)
        {
            table.Row(
                j.Id.ToString(), j.Name, Amounts.Time(j.SubmittedAt), j.SubmittedBy, EnumWords.Of(j.Status) + (j.Attention is null ? "" : " (!)"),
                j.Working?.Pool.ToString(), Amounts.HourlyUsd(j.Working?.HourlyUsd), j.Iterations == 0 ? "" : $"{j.Step} of {j.Iterations}", JobView.Loss(j.Loss),
                Amounts.Number(j.Migrations), Amounts.SmallUsd(j.PaidUsd(now)), Amounts.SmallUsd(j.SavedUsd(now)));
        }

        Terminal.Create().Write(table);
    }
}
