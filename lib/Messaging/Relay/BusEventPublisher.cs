using MassTransit;
using OptiInfra.EventStore;

namespace OptiInfra.Messaging;

/// <summary>Publishes through whatever bus is registered, one event after another: for a test harness without a broker.</summary>
sealed class BusEventPublisher(IBus bus, TimeProvider clock) : IEventPublisher
{
    public Task<IEventChannel> OpenAsync(CancellationToken cancellationToken) => Task.FromResult<IEventChannel>(new BusChannel(bus, clock));

    sealed class BusChannel(IBus bus, TimeProvider clock) : IEventChannel
    {
        public ConfirmLedger Ledger { get; } = new(window: 1, clock);

        public async ValueTask SendAsync(IEvent e, string? endpoint, CancellationToken cancellationToken)
        {
            await Ledger.RoomAsync(cancellationToken);
            var number = Ledger.Add(e, activity: null);
            try
            {
                if (endpoint is null)
                    await bus.Publish(e.Data, e.EventType, new EventPublishPipe(e), cancellationToken);
                else
                    await (await bus.GetSendEndpoint(new Uri($"queue:{endpoint}"))).Send(e.Data, e.EventType, new EventPublishPipe(e), cancellationToken);
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                Ledger.Refuse(number);
                throw new EventNotPublishedException($"event {e.Sequence} ({e.EventTypeName}, {e.Id}) cannot be published: {failure.Message}", e, isUnroutable: false, failure);
            }

            Ledger.Confirm(number, andAllBefore: false);
        }

        public ValueTask DisposeAsync()
        {
            Ledger.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
