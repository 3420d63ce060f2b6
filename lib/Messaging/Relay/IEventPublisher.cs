using OptiInfra.EventStore;

namespace OptiInfra.Messaging;

/// <summary>Where the relay hands its events over.</summary>
interface IEventPublisher
{
    /// <summary>A way to the bus that keeps order; given up after its first failure.</summary>
    Task<IEventChannel> OpenAsync(CancellationToken cancellationToken);
}

/// <summary>
/// Events leave in the order in which they are handed over, and many may be on their way at once. What the bus has confirmed
/// is counted from the first without a gap, so that whoever remembers that count loses nothing.
/// </summary>
interface IEventChannel : IAsyncDisposable
{
    ConfirmLedger Ledger { get; }

    /// <summary>Returns when the event is on its way; waits while as many as allowed are unconfirmed. One caller at a time.</summary>
    /// <param name="endpoint">The queue that alone shall have it; every subscriber where null.</param>
    /// <exception cref="EventNotPublishedException">This event or an earlier one was not taken.</exception>
    ValueTask SendAsync(IEvent e, string? endpoint, CancellationToken cancellationToken);
}

/// <summary>The bus did not take an event, or went away with events unconfirmed.</summary>
public sealed class EventNotPublishedException(string message, IEvent? e, bool isUnroutable, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The one that was not taken; null where nothing says which.</summary>
    public IEvent? Event => e;

    /// <summary>The bus has no queue for it.</summary>
    public bool IsUnroutable => isUnroutable;
}
