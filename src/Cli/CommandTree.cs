using System.CommandLine;
using OptiInfra.Cli.Analyze;
using OptiInfra.Cli.Audit;
using OptiInfra.Cli.Backtest;
using OptiInfra.Cli.Demo;
using OptiInfra.Cli.Events;
using OptiInfra.Cli.Jobs;
using OptiInfra.Cli.Migrations;
using OptiInfra.Cli.Relay;
using OptiInfra.Cli.ReadModels;
using OptiInfra.Cli.Replay;
using OptiInfra.Cli.Reports;
using OptiInfra.Cli.Run;
using OptiInfra.Cli.Schema;
using OptiInfra.Cli.Status;
using OptiInfra.Cli.Tokens;
using OptiInfra.Cli.WhatIf;

namespace OptiInfra.Cli;

/// <summary>All commands of <c>optiinfra</c>.</summary>
static class CommandTree
{
    public static RootCommand Create()
    {
        var platform = new PlatformOptions();
        var root = new RootCommand("OptiInfra finds what of a fleet can run on spot, and moves it by votes, approval and watched phases.")
        {
            RunCommand.Create(platform),
            DemoCommand.Create(platform),
            AnalyzeCommand.Create(platform),
            MigrateCommand.Create(platform),
            ApproveCommand.Create(platform),
            DecisionCommands.Reject(platform),
            DecisionCommands.Cancel(platform),
            DecisionCommands.Resume(platform),
            JobsCommand.Create(platform),
            StatusCommand.Create(platform),
            ReportCommand.Create(platform),
            AuditCommand.Create(platform),
            ReplayCommand.Create(platform),
            BacktestCommand.Create(platform),
            RelayCommand.Create(platform),
            WhatIfCommand.Create(platform),
            EventsCommand.Create(platform),
            ProjectionsCommand.Create(platform),
            SchemaCommand.Create(platform),
            TokenCommand.Create(platform),
        };
        platform.AddTo(root);
        return root;
    }
}
