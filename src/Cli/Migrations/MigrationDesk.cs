using System.CommandLine;
using OptiInfra.Cli.Errors;
using OptiInfra.Cli.Hosting;
using OptiInfra.Commands;
using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts;
using OptiInfra.EventStore;

namespace OptiInfra.Cli.Migrations;

/// <summary>A person's commands to migrations and training jobs.</summary>
sealed class MigrationDesk(PlatformSettings settings) : IAsyncDisposable
{
    readonly IDocumentStore store = PlatformStore.Open(settings);

    public IDocumentStore Store => store;

    public Task<Guid> FindAsync(string text, CancellationToken cancellationToken) => MigrationLookup.FindAsync(store, settings.Customer, text, cancellationToken);

    public Task<Guid> FindJobAsync(string text, CancellationToken cancellationToken) => MigrationLookup.FindJobAsync(store, settings.Customer, text, cancellationToken);

    /// <summary>The aggregate as it stands in the log.</summary>
    public async Task<SpotMigration> LoadAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var session = store.QuerySession(settings.Customer);
        return await session.Events.AggregateStreamAsync<SpotMigration>(id, cancellationToken: cancellationToken)
            ?? throw CliException.BadInput($"There is no migration {id} of customer '{settings.Customer}'.");
    }

    /// <exception cref="CliException">The command was refused; the message is the refusal's reason.</exception>
    public async Task<IReadOnlyList<object>> ExecuteAsync(ICommand command, string actor, CancellationToken cancellationToken)
    {
        var context = new CommandContext(Guid.CreateVersion7(settings.Clock.GetUtcNow()), actor, settings.Customer);
        return await new CommandExecutor(store, settings.Clock).ExecuteAsync(command, context, cancellationToken) switch
        {
            CommandOutcome.Accepted accepted => accepted.Events,
            CommandOutcome.Refused refused => throw CliException.Failed($"Refused ({refused.Code}): {refused.Reason}"),
            var other => throw new InvalidOperationException($"Unknown outcome {other}."),
        };
    }

    public ValueTask DisposeAsync() => store.DisposeAsync();
}

/// <summary>Who gives a command: <c>--as</c>, else the user of the machine.</summary>
static class ActorOption
{
    public static Option<string?> Create() => new("--as") { Description = "who asks (the user of this machine)" };

    public static string Read(ParseResult parsed, Option<string?> option) =>
        parsed.GetValue(option) is { Length: > 0 } given ? given : Environment.UserName is { Length: > 0 } user ? user : "unknown";
}
