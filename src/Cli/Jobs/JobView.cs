using System.Globalization;
using OptiInfra.Cli.Output;
using OptiInfra.Contracts.LiveMigrations;
using OptiInfra.Projections;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace OptiInfra.Cli.Jobs;

/// <summary>One training job on a screen: where it runs and why, its trainers, its changeovers, its loss, what happened last.</summary>
static class JobView
{
    public static IRenderable Of(JobSummary job, JobHistory? history, IReadOnlyList<TimelineLine> last, DateTimeOffset now)
    {
        var rows = new List<IRenderable> { new Markup($"[bold]Job {job.Id}[/] {Markup.Escape(job.Name)}  [{Colour(job.Status)}]{EnumWords.Of(job.Status)}[/]") };
        rows.AddRange(Facts(job, now).Select(fact => new Text(fact)));
        if (job.Instances.Count > 0)
            rows.Add(Trainers(job, now));
        if (history is { Changeovers.Count: > 0 })
            rows.Add(Changeovers(history));
        rows.AddRange(LossPlot.Of(history?.Losses ?? []).Select(line => new Text(line)));
        rows.AddRange(last.Select(line => new Text($"{Amounts.Clock(line.At)}  {line.Text}", new Style(Color.Grey))));
        if (job.Attention is { } attention)
            rows.Add(new Text(attention, new Style(Color.Yellow)));
        return new Rows(rows);
    }

    public static string Loss(double? loss) => loss?.ToString("G6", CultureInfo.InvariantCulture) ?? "";

    /// <summary>Of the job's endpoint, for its users.</summary>
    public static string Address(Guid id)
    {
        var proxy = ProxySettings.Read();
        return $"{(proxy.PublicUrl?.AbsoluteUri ?? proxy.Url).TrimEnd('/')}/jobs/{id}/";
    }

    static IEnumerable<string> Facts(JobSummary j, DateTimeOffset now)
    {
        yield return $"Submitted {Amounts.Time(j.SubmittedAt)} UTC by {j.SubmittedBy}, about {j.EstimatedHours.ToString("0.##", CultureInfo.InvariantCulture)} hours{(j.Deadline is { } deadline ? $", to be done by {Amounts.Time(deadline)} UTC{Left(j, deadline, now)}" : "")}";
        if (j.Working is { } working)
            yield return $"Runs      trainer {working.Epoch} on {working.InstanceId}, {working.Pool} at {Amounts.HourlyUsd(working.HourlyUsd)} USD/h{(j.Moving is { } why ? $"; on its way elsewhere ({EnumWords.Of(why)})" : "")}";
        if (j.Coming is { } coming)
            yield return $"Coming    trainer {coming.Epoch}{(coming.InstanceId is { } id ? $" on {id}" : "")}, {coming.Pool} at {Amounts.HourlyUsd(coming.HourlyUsd)} USD/h";
        if (j.Iterations > 0)
            yield return $"Progress  step {j.Step} of {j.Iterations} ({Amounts.Percent(j.Step, j.Iterations)}){(j.Loss is null ? "" : $", loss {Loss(j.Loss)} ({j.LossHex})")}{(j.CheckpointAt is { } saved ? $"; saved last {Amounts.Time(saved)} UTC" : "")}";
        yield return $"Bucket    s3://{j.Bucket}/{j.Prefix}";
        yield return $"Endpoint  {Address(j.Id)}{(j.EndpointAddress is { } address ? $" leads to trainer {j.EndpointEpoch} at {address}" : ", which leads nowhere yet")}";
        yield return $"Cost      {Amounts.SmallUsd(j.PaidUsd(now))} USD paid, {Amounts.SmallUsd(j.OnDemandUsd(now))} on demand: {Amounts.SmallUsd(j.SavedUsd(now))} saved; {Amounts.Number(j.Migrations)} moves, {Amounts.Number(j.Interruptions)} interruptions";
        if (j.Status is JobStatus.Scouting)
            yield return j.WaitsBecause is { } waits ? $"Scout     waits: {waits}" : "Scout     looks for a place";
        else if (j.LastOffer is { } offer)
            yield return $"Scout     {offer.Pool} at {Amounts.HourlyUsd(offer.HourlyUsd)} USD/h ({Amounts.Time(offer.At)} UTC){(offer.ExpectedSavingUsd is { } saving ? $", {Amounts.SmallUsd(saving)} USD to be saved" : "")}: {string.Join("; ", offer.Reasons)}";
        if (j.Reason is { } reason)
            yield return $"Reason    {reason}";
    }

    static string Left(JobSummary j, DateTimeOffset deadline, DateTimeOffset now) =>
        j.IsOver || j.FinishedAt is not null ? ""
        : deadline > now ? string.Create(CultureInfo.InvariantCulture, $" (in {(deadline - now).TotalHours:0.0} hours)")
        : string.Create(CultureInfo.InvariantCulture, $" (over for {(now - deadline).TotalHours:0.0} hours)");

    static Table Trainers(JobSummary job, DateTimeOffset now)
    {
        var table = Terminal.Table(">Trainer", "Stands", "Pool", "Instance", "Address", ">USD/h", ">Hours", ">USD", "Failure");
        foreach (var i in job.Instances)
        {
            var hours = i.ProvisionedAt is { } from ? ((i.GoneAt ?? now) - from).TotalHours : 0;
            table.Row(
                Amounts.Number(i.Epoch), Stands(job, i), i.Pool.ToString(), i.InstanceId, i.Address, Amounts.HourlyUsd(i.HourlyUsd),
                hours.ToString("0.00", CultureInfo.InvariantCulture), Amounts.SmallUsd(i.PaidUsd(now)), i.Failure);
        }

        return table;
    }

    static string Stands(JobSummary job, JobInstance i) =>
        i.GoneAt is not null ? "gone" : i.Epoch == job.WorkingEpoch ? "works" : i.Epoch != job.ComingEpoch ? "goes" : i.Address is not null ? "stands by" : i.InstanceId is not null ? "boots" : "is launched";

    static Table Changeovers(JobHistory history)
    {
        var table = Terminal.Table(">Move", "Why", "Came to", "From", "To", ">Step", ">Lost", ">Checkpoint s", ">Launch s", ">Boot s", ">Switch s", ">Takeover s", ">Total s");
        foreach (var c in history.Changeovers)
        {
            table.Row(
                Amounts.Number(c.Number), EnumWords.Of(c.Trigger), EnumWords.Of(c.Outcome), c.FromPool.ToString(), c.ToPool?.ToString(), c.Step?.ToString(CultureInfo.InvariantCulture), c.LostSteps?.ToString(CultureInfo.InvariantCulture),
                Seconds(c.Parts?.Checkpoint), Seconds(c.Parts?.Launch), Seconds(c.Parts?.Boot), Seconds(c.Parts?.Switch), Seconds(c.Parts?.TakeOver), Seconds(c.Parts?.Total));
        }

        return table;
    }

    static string Seconds(double? seconds) => seconds?.ToString("0.0", CultureInfo.InvariantCulture) ?? "";

    static string Colour(JobStatus status) => status switch
    {
        JobStatus.Completed => "green",
        JobStatus.Failed => "red",
        JobStatus.Cancelled or JobStatus.Ending => "yellow",
        _ => "aqua",
    };
}
