using OptiInfra.Agents.Cost;
using OptiInfra.Cli.Output;
using OptiInfra.Contracts.SpotMigrations;
using OptiInfra.Projections;
using Spectre.Console;

namespace OptiInfra.Cli.Analyze;

/// <summary>An analysis for a person: opportunities, refusals, sums.</summary>
static class AnalysisTables
{
    /// <summary>More rows than a person reads are left to --json.</summary>
    const int RowsShown = 200;

    public static void Write(IAnsiConsole console, FleetObservation observation, Assessment assessment)
    {
        var saving = assessment.Opportunities.Sum(o => o.ExpectedSavingMonthlyUsd);
        console.Say($"{Amounts.Number(observation.Instances.Count)} instances in {observation.Region}, costing {Amounts.Usd(assessment.FleetMonthlyUsd)} USD a month on {Amounts.Time(observation.At)} UTC.");
        if (assessment.Opportunities.Count > 0)
            WriteOpportunities(console, assessment.Opportunities);
        if (assessment.Refusals.Count > 0)
            WriteRefusals(console, assessment.Refusals);
        console.Say($"{Amounts.Number(assessment.Opportunities.Count)} could move, saving {Amounts.Usd(saving)} USD a month ({Amounts.Percent(saving, assessment.FleetMonthlyUsd)} of the fleet's cost), interruptions paid for; {Amounts.Number(assessment.Refusals.Count)} stay.");
    }

    public static void WriteOpportunities(IAnsiConsole console, IReadOnlyList<Opportunity> opportunities)
    {
        var table = Terminal.Table("Instance", "Type", "Zone", "Team", "Use", ">USD/month", "Best pool", ">Mean USD/h", "Band", "Risk", ">Pools", ">Saving USD/month", ">Confidence");
        foreach (var o in opportunities.OrderByDescending(o => o.ExpectedSavingMonthlyUsd).Take(RowsShown))
        {
            table.Row(
                o.InstanceId, o.InstanceType, o.AvailabilityZone, o.Team, EnumWords.Of(o.Pattern), Amounts.Usd(o.OnDemandMonthlyUsd), o.Recommended.Pool.ToString(),
                Amounts.HourlyUsd(o.Recommended.MeanHourlyUsd), Band(o.Recommended.InterruptionBand), EnumWords.Of(o.Risk), Amounts.Number(o.Candidates.Count),
                Amounts.Usd(o.ExpectedSavingMonthlyUsd), Amounts.Fraction(o.Confidence));
        }

        console.Write(table);
        Rest(console, opportunities.Count);
    }

    public static void WriteRefusals(IAnsiConsole console, IReadOnlyList<InstanceRefusal> refusals)
    {
        var table = Terminal.Table("Stays", "Type", "Because", "Evidence");
        foreach (var r in refusals.Take(RowsShown))
            table.Row(r.InstanceId, r.InstanceType, EnumWords.Of(r.Reason), r.Evidence);
        console.Write(table);
        Rest(console, refusals.Count);
        if (refusals.Count > RowsShown)
            console.Say($"In all: {string.Join(", ", refusals.GroupBy(r => r.Reason).OrderByDescending(g => g.Count()).Select(g => $"{Amounts.Number(g.Count())} {EnumWords.Of(g.Key)}"))}.");
    }

    static void Rest(IAnsiConsole console, int rows)
    {
        if (rows > RowsShown)
            console.Say($"… and {Amounts.Number(rows - RowsShown)} more; --json has them all.");
    }

    static string Band(int? band) => band switch
    {
        0 => "< 5 %",
        1 => "5-10 %",
        2 => "10-15 %",
        3 => "15-20 %",
        4 => "> 20 %",
        _ => "unknown",
    };
}
