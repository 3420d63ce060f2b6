using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OptiInfra.Cli.Errors;
using OptiInfra.Cli.Migrations;
using OptiInfra.Cli.Output;
using OptiInfra.Cli.Reports;
using OptiInfra.Cli.Status;
using OptiInfra.Contracts.SpotMigrations;
using OptiInfra.EventStore;
using OptiInfra.Gateway.SignIn;
using Spectre.Console;

namespace OptiInfra.Cli.Demo;

/// <summary>One migration through the platform.</summary>
sealed record DemoRun(DemoPlatform Platform, FleetSelector Fleet, MigrationPolicy Policy)
{
    const string Operator = "demo operator";

    PlatformSettings Settings => Platform.Settings;
    string GatewayUrl => Platform.GatewayUrl;
    bool BeginAnew => Platform.BeginAnew;

    public Task<int> RunAsync(CancellationToken cancellationToken) => Platform.RunAsync(MigrateAsync, cancellationToken);

    async Task<int> MigrateAsync(IAnsiConsole console, IHost host, CancellationToken cancellationToken)
    {
        await using var desk = new MigrationDesk(Settings);
        var store = host.Services.GetRequiredService<IDocumentStore>();
        var id = Guid.CreateVersion7(Settings.Clock.GetUtcNow());
        await desk.ExecuteAsync(new RequestMigration(id, Settings.Customer, Operator, Fleet, Policy), Operator, cancellationToken);
        console.Say($"Requested migration {id}; {GatewayUrl}/migrations/{id} shows it too.");
        if (host.Services.GetRequiredService<FirstSignIn>().Link is { } link)
            console.Say($"Sign in there, once: {link}");

        try
        {
            return await WatchAsync(console, desk, store, id, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            console.Say($"Interrupted. Migration {id} stands where it is and loses nothing. As long as its cloud runs, it goes on with: optiinfra run --schema {Settings.Schema}");
            console.Say($"To give it up instead, with that running: optiinfra cancel {id} --schema {Settings.Schema}. Where it stands: optiinfra status {id} --schema {Settings.Schema}");
            if (BeginAnew)
                console.Say("The next demo begins anew and takes this one's events away; --schema NAME keeps them.");
            throw;
        }
    }

    async Task<int> WatchAsync(IAnsiConsole console, MigrationDesk desk, IDocumentStore store, Guid id, CancellationToken cancellationToken)
    {
        var watch = new StatusWatch(console, store, Settings, id);
        var summary = await watch.UntilAsync(s => s.IsOver || s is { Status: MigrationStatus.AwaitingApproval, ApprovedBy: null } && !Policy.AutoApprove, cancellationToken);
        if (!summary.IsOver)
        {
            var migration = await desk.LoadAsync(id, cancellationToken);
            PlanTable.Write(console, migration.Plan!, migration.PlanHash!, migration.ApprovalExpiresAt);
            await desk.ExecuteAsync(new ApproveMigration(id, migration.PlanHash!, Operator), Operator, cancellationToken);
            console.Say($"Approved by the {Operator}.");
            await watch.UntilAsync(s => s.IsOver, cancellationToken);
        }

        var report = await MigrationReport.ReadAsync(store, Settings.Customer, id, cancellationToken);
        ReportText.Write(console, report);
        WriteWhere(console, id);
        return report.IsComplete ? ExitCode.Done : ExitCode.Failed;
    }

    void WriteWhere(IAnsiConsole console, Guid id)
    {
        console.WriteLine();
        if (Settings.RabbitMqManagement is { } management)
            console.Say($"RabbitMQ's management page is {management.GetLeftPart(UriPartial.Authority).Replace(management.UserInfo + "@", "", StringComparison.Ordinal)}.");
        console.Say($"While the platform runs, its pages are {GatewayUrl}/ and {GatewayUrl}/health/ready.");
        console.Say($"Every event, with actor, cause and evidence: optiinfra audit {id} --schema {Settings.Schema}; decided again: optiinfra replay {id} --schema {Settings.Schema}");
    }
}
