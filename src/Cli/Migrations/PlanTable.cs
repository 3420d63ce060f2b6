using OptiInfra.Cli.Output;
using OptiInfra.Contracts.SpotMigrations;
using Spectre.Console;

namespace OptiInfra.Cli.Migrations;

/// <summary>A plan as a person approves it.</summary>
static class PlanTable
{
    public static void Write(IAnsiConsole console, MigrationPlan plan, string hash, DateTimeOffset? expiresAt)
    {
        var table = Terminal.Table("Instance", "Type", "Zone", "Team", ">On-demand USD/h", "First pool", ">Spot USD/h", "Risk", ">Pools", ">Saving USD/month");
        foreach (var move in plan.Moves)
        {
            var first = move.Candidates[0];
            table.Row(
                move.InstanceId, move.InstanceType, move.AvailabilityZone, move.Team, Amounts.HourlyUsd(move.OnDemandHourlyUsd), first.Pool.ToString(),
                Amounts.HourlyUsd(first.CurrentHourlyUsd), Projections.EnumWords.Of(first.Risk), Amounts.Number(move.Candidates.Count), Amounts.Usd(move.ExpectedSavingMonthlyUsd));
        }

        console.Write(table);
        console.Say($"{plan.Moves.Count} moves, {Amounts.Usd(plan.PromisedSavingMonthlyUsd)} USD a month promised{(expiresAt is { } at ? $"; expires {Amounts.Time(at)} UTC" : "")}.");
        console.Say($"Plan hash {hash}");
    }
}
