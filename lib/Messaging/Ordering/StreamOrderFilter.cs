using MassTransit;

namespace OptiInfra.Messaging;

/// <summary>
/// Handles the events of one stream one after another, in the order in which the broker delivered them to this endpoint,
/// while those of other streams go on beside them. An event that fails keeps its turn while it is tried again.
/// Messages that carry no event pass at once.
/// </summary>
sealed class StreamOrderFilter : IFilter<ReceiveContext>
{
    readonly DeliverySequence deliveries = new();
    readonly Lock gate = new();
    readonly Dictionary<string, Task> lastOfStream = new(StringComparer.Ordinal);

    public async Task Send(ReceiveContext context, IPipe<ReceiveContext> next)
    {
        var stream = context.TransportHeaders.Get<string>(EventHeaders.StreamId);
        var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task before = Task.CompletedTask;
        void Queue()
        {
            if (stream is null)
                return;
            lock (gate)
            {
                before = lastOfStream.GetValueOrDefault(stream, Task.CompletedTask);
                lastOfStream[stream] = turn.Task;
            }
        }

        // the client hands messages to several workers: the delivery tag says which came first
        if (context.TryGetPayload<RabbitMqBasicConsumeContext>(out var delivery))
            await deliveries.InOrderAsync(delivery.ConsumerTag, delivery.DeliveryTag, Queue);
        else
            Queue();
        try
        {
            await before;
            await next.Send(context);
        }
        finally
        {
            if (stream is not null)
                lock (gate)
                    if (lastOfStream.GetValueOrDefault(stream) == turn.Task)
                        lastOfStream.Remove(stream);
            turn.SetResult();
        }
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("streamOrder");
}
