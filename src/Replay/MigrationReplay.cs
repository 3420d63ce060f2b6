using OptiInfra.EventStore;

namespace OptiInfra.Replay;

/// <summary>Decides everything of recorded migrations and training jobs again: deciders, agents, scout and saga.</summary>
public sealed class MigrationReplay : IAsyncDisposable
{
    readonly IQuerySession session;
    readonly SagaReplay sagas;

    MigrationReplay(IQuerySession session, SagaReplay sagas) => (this.session, this.sagas) = (session, sagas);

    /// <param name="session">Of the customer whose migrations and jobs they are; the caller's to dispose.</param>
    public static async Task<MigrationReplay> StartAsync(IQuerySession session, CancellationToken cancellationToken) =>
        new(session, await SagaReplay.StartAsync(cancellationToken).ConfigureAwait(false));

    public async Task<IReadOnlyList<ReplayedDecision>> RunAsync(Guid id, CancellationToken cancellationToken)
    {
        var events = await session.Events.FetchStreamAsync(id, cancellationToken: cancellationToken).ConfigureAwait(false);
        var commands = await RecordedCommands.OfAsync(session, id, cancellationToken).ConfigureAwait(false);
        return
        [
            .. DecisionReplay.Run(commands, events),
            .. VerdictReplay.Run(events),
            .. ScoutReplay.Run(commands, events),
            .. await sagas.RunAsync(commands, events, cancellationToken).ConfigureAwait(false),
        ];
    }

    public ValueTask DisposeAsync() => sagas.DisposeAsync();
}
