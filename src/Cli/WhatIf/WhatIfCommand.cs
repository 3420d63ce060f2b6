using System.CommandLine;
using System.Text.Json;
using OptiInfra.Cli.Errors;
using OptiInfra.Cli.Hosting;
using OptiInfra.Cli.Migrations;
using OptiInfra.Cli.Output;
using OptiInfra.EventStore;
using OptiInfra.Replay;
using Spectre.Console;

namespace OptiInfra.Cli.WhatIf;

/// <summary><c>optiinfra what-if</c>: the recorded inputs of a migration under another policy.</summary>
static class WhatIfCommand
{
    public static Command Create(PlatformOptions platform)
    {
        var id = new Argument<string>("id") { Description = "the migration's id, or the beginning of it" };
        var policy = new Option<string>("--policy") { Description = "JSON file with the other rules; what it does not name keeps its default", Required = true };
        var json = new Option<bool>("--json") { Description = "as JSON" };
        var command = new Command("what-if", "Decides a migration's recorded inputs again under another policy: which decisions and how much money would differ, and what the log cannot know.") { id, policy, json };
        command.SetHandler(platform, async (parsed, settings, cancellationToken) =>
        {
            var rules = PolicyFile.Read(parsed.GetValue(policy)!);
            await using var store = PlatformStore.Open(settings);
            var migration = await MigrationLookup.FindAsync(store, settings.Customer, parsed.GetValue(id)!, cancellationToken);
            await using var session = store.QuerySession(settings.Customer);
            var events = await session.Events.FetchStreamAsync(migration, cancellationToken: cancellationToken);
            var report = OptiInfra.Replay.WhatIf.Run([.. events.Select(e => e.Data)], rules);
            if (parsed.GetValue(json))
                await JsonOutput.WriteAsync(report);
            else
                Write(Terminal.Create(), report);
            return ExitCode.Done;
        });
        return command;
    }

    static void Write(IAnsiConsole console, WhatIfReport report)
    {
        console.Say(report.Rules.Count == 0
            ? "The policies do not differ."
            : "Rules: " + string.Join("; ", report.Rules.Select(r => $"{r.Rule} {r.Then} → {r.Now}")));
        if (report.Differences.Count > 0)
        {
            var table = Terminal.Table("Step", "What", "Then", "Under the other policy", "Why");
            foreach (var d in report.Differences)
                table.Row(Word(d.Step), d.Subject, d.Then, d.Now, d.Why);
            console.Write(table);
        }

        console.Say($"{report.Differences.Count} decisions differ, {report.Same} are the same.");
        var money = report.Money;
        console.Say($"Promised: {Amounts.Usd(money.PromisedThenMonthlyUsd)} USD a month then, {Amounts.Usd(money.PromisedNowMonthlyUsd)} under the other policy.");
        console.Say($"Realised: {Usd(money.RealisedThenMonthlyUsd)} then, {Usd(money.RealisedNowMonthlyUsd)} under the other policy. {money.Explanation}");
        if (report.Unknown.Count == 0)
            return;
        console.Say("What the log cannot know:");
        foreach (var item in report.Unknown)
            console.Say($"  {Word(item.Step)}, {item.Subject}: {item.Reason}.");
    }

    static string Usd(decimal? amount) => amount is { } known ? $"{Amounts.Usd(known)} USD a month" : "unknown";

    static string Word(WhatIfStep step) => JsonNamingPolicy.SnakeCaseLower.ConvertName(step.ToString());
}
