using System.Collections.Frozen;
using MassTransit;
using OptiInfra.EventStore;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace OptiInfra.Messaging;

/// <summary>
/// Publishes on a connection of the relay's own, because MassTransit awaits things before a message reaches its channel and so keeps no
/// order between publishes that overlap: here one caller writes to one channel, which the broker takes in that order.
/// </summary>
sealed class RabbitMqEventPublisher(IDocumentStore store, IBus bus, MessagingOptions options, Subscriptions subscriptions) : IEventPublisher
{
    public async Task<IEventChannel> OpenAsync(CancellationToken cancellationToken)
    {
        var exchanges = store.Options.Events.Mappings.Select(m => m.Type).Distinct().ToFrozenDictionary(type => type, ExchangeOf);
        var factory = new ConnectionFactory
        {
            Uri = options.RabbitMq,
            ClientProvidedName = $"{options.ConnectionName} relay",
            // after a loss the relay begins again behind its last confirm
            AutomaticRecoveryEnabled = false,
        };
        IConnection? connection = null;
        try
        {
            connection = await factory.CreateConnectionAsync(cancellationToken);
            // the client's own tracking would cost a task and a header for each event
            var channel = await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: false), cancellationToken);
            foreach (var exchange in exchanges.Values)
                await channel.ExchangeDeclareAsync(exchange, ExchangeType.Fanout, durable: true, cancellationToken: cancellationToken);
            return new RabbitMqEventChannel(connection, channel, new ConfirmLedger(options.RelayOutstanding, store.Options.TimeProvider), exchanges, subscriptions);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            if (connection is not null)
                await connection.DisposeAsync();
            throw new EventNotPublishedException($"RabbitMQ at {options.RabbitMq.Host}:{options.RabbitMq.Port} takes no events: {Reason(e)}", null, isUnroutable: false, e);
        }
    }

    string ExchangeOf(Type type) => bus.Topology.TryGetPublishAddress(type, out var address)
        ? new RabbitMqEndpointAddress(bus.Address, address).Name
        : throw new InvalidOperationException($"MassTransit has no exchange for {type}.");

    public static string Reason(Exception e) => e switch
    {
        OperationInterruptedException { ShutdownReason: { } shutdown } => shutdown.ReplyText,
        BrokerUnreachableException { InnerException: { } inner } => inner.Message,
        _ => e.Message,
    };
}

/// <summary>One channel with confirms.</summary>
sealed class RabbitMqEventChannel : IEventChannel
{
    static readonly TimeSpan CloseWithin = TimeSpan.FromSeconds(2);

    readonly IConnection connection;
    readonly IChannel channel;
    readonly FrozenDictionary<Type, string> exchanges;
    readonly FrozenSet<Type> mandatory;

    public RabbitMqEventChannel(IConnection connection, IChannel channel, ConfirmLedger ledger, FrozenDictionary<Type, string> exchanges, Subscriptions subscriptions)
    {
        this.connection = connection;
        this.channel = channel;
        this.exchanges = exchanges;
        Ledger = ledger;
        mandatory = exchanges.Keys.Where(subscriptions.Any).ToFrozenSet();
        channel.BasicAcksAsync += OnAck;
        channel.BasicNacksAsync += OnNack;
        channel.BasicReturnAsync += OnReturn;
        channel.ChannelShutdownAsync += OnShutdown;
        connection.ConnectionShutdownAsync += OnShutdown;
    }

    public ConfirmLedger Ledger { get; }

    public async ValueTask SendAsync(IEvent e, string? endpoint, CancellationToken cancellationToken)
    {
        await Ledger.RoomAsync(cancellationToken);
        var activity = PublishActivity.Start(e, endpoint);
        var message = EventMessage.Of(e, activity?.Id);
        var number = Ledger.Add(e, activity);
        message.Properties.Headers ??= new Dictionary<string, object?>(StringComparer.Ordinal);
        try
        {
            // the default exchange leads to the queue of that name, and to nothing else
            await channel.BasicPublishAsync(
                endpoint is null ? exchanges[e.EventType] : "", endpoint ?? "", mandatory: endpoint is not null || mandatory.Contains(e.EventType),
                message.Properties, message.Body, cancellationToken);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            Ledger.Fail($"RabbitMQ went away at event {e.Sequence} ({number} on this connection): {RabbitMqEventPublisher.Reason(failure)}", failure);
            throw Ledger.Failure!;
        }
    }

    Task OnAck(object sender, BasicAckEventArgs ack)
    {
        Ledger.Confirm(ack.DeliveryTag, ack.Multiple);
        return Task.CompletedTask;
    }

    Task OnNack(object sender, BasicNackEventArgs nack)
    {
        Ledger.Refuse(nack.Multiple ? Ledger.Confirmed.Count + 1 : nack.DeliveryTag);
        return Task.CompletedTask;
    }

    /// <summary>Comes before the event's confirm, which then counts for nothing.</summary>
    Task OnReturn(object sender, BasicReturnEventArgs returned)
    {
        RelayInstruments.Returned.Add(1);
        Ledger.Return(Guid.TryParse(returned.BasicProperties.MessageId, out var id) ? id : Guid.Empty, returned.ReplyText);
        return Task.CompletedTask;
    }

    Task OnShutdown(object sender, ShutdownEventArgs shutdown)
    {
        Ledger.Fail($"the connection to RabbitMQ closed ({shutdown.ReplyText})");
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        channel.ChannelShutdownAsync -= OnShutdown;
        connection.ConnectionShutdownAsync -= OnShutdown;
        // waits for a broker that does not answer only so long that a stop stays quick
        await connection.AbortAsync(Constants.ReplySuccess, "the relay ends here", CloseWithin);
        await connection.DisposeAsync();
        Ledger.Dispose();
    }
}
