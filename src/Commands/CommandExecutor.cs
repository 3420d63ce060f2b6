using OptiInfra.Commands.LiveMigrations;
using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.LiveMigrations;
using OptiInfra.Contracts.SpotMigrations;
using OptiInfra.EventStore;

namespace OptiInfra.Commands;

/// <summary>Executes commands: loads, decides, appends, and keeps what was decided so that it can be decided again.</summary>
public sealed class CommandExecutor(IDocumentStore store, TimeProvider clock)
{
    // as many instances as move at once may write to one stream at once, and each round one of them wins
    const int Attempts = 40;
    static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(100);

    /// <summary>Executes in a session of its own and saves; decides again when somebody else was faster.</summary>
    /// <exception cref="ConcurrencyException">Somebody else was faster forty times in a row.</exception>
    public async Task<CommandOutcome> ExecuteAsync(ICommand command, CommandContext context, CancellationToken cancellationToken = default)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var session = store.LightweightSession(new SessionOptions { TenantId = context.TenantId });
                await using var _ = session.ConfigureAwait(false);
                var outcome = await ExecuteAsync(session, command, context, cancellationToken).ConfigureAwait(false);
                await session.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
                return outcome;
            }
            catch (ConcurrencyException) when (attempt < Attempts)
            {
                await Task.Delay(Pause(context.CommandId, attempt), TimeProvider.System, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>
    /// Executes in the given session, which the caller saves together with whatever else it holds. When the same command is
    /// executed elsewhere meanwhile, that save fails with a <see cref="ConcurrencyException"/>: the first answer stands.
    /// </summary>
    public async Task<CommandOutcome> ExecuteAsync(IDocumentSession session, ICommand command, CommandContext context, CancellationToken cancellationToken = default)
    {
        if (await session.LoadAsync<RecordedCommand>(context.CommandId, cancellationToken).ConfigureAwait(false) is { } known)
            return await AnswerAgainAsync(session, known, cancellationToken).ConfigureAwait(false);

        return command switch
        {
            ISpotMigrationCommand c => await DecideAsync<SpotMigration>(session, c, context, (state, now) => SpotMigrationDecider.Decide(state, c, now), cancellationToken).ConfigureAwait(false),
            ILiveMigrationCommand c => await DecideAsync<TrainingJob>(session, c, context, (state, now) => TrainingJobDecider.Decide(state, c, now), cancellationToken).ConfigureAwait(false),
            _ => throw new ArgumentException($"{command.GetType().Name} is a command to nothing that is known.", nameof(command)),
        };
    }

    async Task<CommandOutcome> DecideAsync<TState>(
        IDocumentSession session, ICommand command, CommandContext context, Func<TState?, DateTimeOffset, Decision> decide, CancellationToken cancellationToken)
        where TState : class
    {
        var stream = await session.Events.FetchForWriting<TState>(command.StreamId, cancellationToken).ConfigureAwait(false);
        using var activity = await CommandTrace.StartAsync(session, command, context, stream.CurrentVersion, cancellationToken).ConfigureAwait(false);
        // the log keeps microseconds: what is decided on must be what can be read again
        var now = ToMicroseconds(clock.GetUtcNow());
        var versionBefore = stream.CurrentVersion;
        var decision = decide(stream.Aggregate, now);
        if (decision is Decision.Accepted { Events.Count: > 0 } accepted)
        {
            session.Metadata = session.Metadata with
            {
                Actor = context.Actor,
                CorrelationId = context.CorrelationId ?? command.StreamId,
                CausationId = context.CausationId ?? context.CommandId,
            };
            stream.AppendMany(accepted.Events);
        }

        CommandInstruments.Count(session, command, decision, await RequestedAtAsync(session, command, decision, cancellationToken).ConfigureAwait(false));
        session.Insert(RecordedCommand.Of(command, context, versionBefore, decision, now));
        return decision switch
        {
            Decision.Accepted a => new CommandOutcome.Accepted(a.Events),
            Decision.Refused r => new CommandOutcome.Refused(r.Code, r.Reason),
            _ => throw new InvalidOperationException($"Unknown decision {decision}."),
        };
    }

    /// <summary>When the migration was requested; only asked when it ends.</summary>
    static async Task<DateTimeOffset?> RequestedAtAsync(IDocumentSession session, ICommand command, Decision decision, CancellationToken cancellationToken)
    {
        if (decision is not Decision.Accepted accepted || !accepted.Events.Any(e => CommandInstruments.Ending(e) is not null))
            return null;
        var first = await session.Events.FetchStreamAsync(command.StreamId, version: 1, cancellationToken: cancellationToken).ConfigureAwait(false);
        return first is [var requested, ..] ? requested.Timestamp : null;
    }

    static async Task<CommandOutcome> AnswerAgainAsync(IDocumentSession session, RecordedCommand known, CancellationToken cancellationToken)
    {
        if (known.RefusedCode is { } code)
            return new CommandOutcome.Refused(code, known.RefusedReason!);
        if (known.EventCount == 0)
            return new CommandOutcome.Accepted([]);
        var events = await session.Events.FetchStreamAsync(known.StreamId, version: known.VersionBefore + known.EventCount, fromVersion: known.VersionBefore + 1, cancellationToken: cancellationToken).ConfigureAwait(false);
        return new CommandOutcome.Accepted([.. events.Select(e => e.Data)]);
    }

    /// <summary>Grows with the attempts, and differs between commands, so that those that met once do not meet again.</summary>
    static TimeSpan Pause(Guid commandId, int attempt)
    {
        var longest = TimeSpan.FromMilliseconds(attempt * 4);
        var share = (uint)HashCode.Combine(commandId, attempt) / (double)uint.MaxValue;
        return (longest < LongestPause ? longest : LongestPause) * share;
    }

    static DateTimeOffset ToMicroseconds(DateTimeOffset instant) => new(instant.UtcTicks - (instant.UtcTicks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);
}
