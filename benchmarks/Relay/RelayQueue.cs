using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace OptiInfra.Benchmarks.Relay;

/// <summary>The queue that the relay fills, with a plain consumer, and the plain publisher that is its baseline.</summary>
public sealed class RelayQueue(Uri rabbitMq) : IAsyncDisposable
{
    public const string Name = "bench-relay";
    public const string Exchange = "instance-moved";
    /// <summary>As many as the relay has unconfirmed at most.</summary>
    public const int Outstanding = 1000;
    static readonly TimeSpan Bound = TimeSpan.FromMinutes(1);

    IConnection? connection;

    /// <summary>Takes messages off the queue until it has so many.</summary>
    public async Task<List<(BasicProperties Properties, byte[] Body)>> TakeAsync(int count, CancellationToken cancellationToken)
    {
        var taken = new ConcurrentQueue<(BasicProperties, byte[])>();
        await ConsumeAsync(message => taken.Enqueue((new BasicProperties(message.BasicProperties), message.Body.ToArray())), () => taken.Count >= count, cancellationToken);
        if (taken.Count != count)
            throw new BenchmarkException($"{taken.Count} messages came where {count} were published.");
        return [.. taken];
    }

    /// <summary>From a header with the instant in UTC to the arrival, in milliseconds.</summary>
    public async Task<IReadOnlyList<double>> LagsAsync(string header, int count, CancellationToken cancellationToken)
    {
        var lags = new ConcurrentQueue<double>();
        await ConsumeAsync(
            message =>
            {
                var text = Encoding.UTF8.GetString((byte[])message.BasicProperties.Headers![header]!);
                lags.Enqueue((TimeProvider.System.GetUtcNow() - DateTimeOffset.Parse(text, CultureInfo.InvariantCulture)).TotalMilliseconds);
            },
            () => lags.Count >= count, cancellationToken);
        return [.. lags];
    }

    /// <summary>Messages per second, from the first to the last confirm.</summary>
    public async Task<double> PublishRawAsync(IReadOnlyList<(BasicProperties Properties, byte[] Body)> messages, CancellationToken cancellationToken)
    {
        await using var channel = await RawChannelAsync(cancellationToken);
        using var room = new SemaphoreSlim(Outstanding);
        ulong confirmed = 0;
        channel.BasicAcksAsync += (_, ack) =>
        {
            // this broker confirms one queue's messages in order
            var before = Interlocked.Exchange(ref confirmed, ack.DeliveryTag);
            room.Release((int)(ack.DeliveryTag - before));
            return Task.CompletedTask;
        };
        var began = Stopwatch.GetTimestamp();
        foreach (var (properties, body) in messages)
        {
            await room.WaitAsync(cancellationToken);
            await channel.BasicPublishAsync(Exchange, "", mandatory: true, properties, body, cancellationToken);
        }

        while (Volatile.Read(ref confirmed) < (ulong)messages.Count)
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, cancellationToken);
        return messages.Count / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    public async Task<IReadOnlyList<double>> SteadyRawAsync(int perSecond, TimeSpan length, CancellationToken cancellationToken)
    {
        await using var channel = await RawChannelAsync(cancellationToken);
        var body = new byte[1000];
        var lags = LagsAsync("sent", (int)(perSecond * length.TotalSeconds), cancellationToken);
        await Pace.RunAsync(perSecond, length, () => channel.BasicPublishAsync(
            Exchange, "", mandatory: true,
            new BasicProperties { DeliveryMode = DeliveryModes.Persistent, Headers = new Dictionary<string, object?> { ["sent"] = TimeProvider.System.GetUtcNow().ToString("O", CultureInfo.InvariantCulture) } },
            body, cancellationToken).AsTask(), cancellationToken);
        return await lags;
    }

    async Task<IChannel> RawChannelAsync(CancellationToken cancellationToken) => await (await ConnectionAsync(cancellationToken)).CreateChannelAsync(
        new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: false), cancellationToken);

    async Task ConsumeAsync(Action<BasicDeliverEventArgs> take, Func<bool> isDone, CancellationToken cancellationToken)
    {
        await using var channel = await (await ConnectionAsync(cancellationToken)).CreateChannelAsync(cancellationToken: cancellationToken);
        await channel.BasicQosAsync(0, Outstanding, false, cancellationToken);
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, message) =>
        {
            take(message);
            return channel.BasicAckAsync(message.DeliveryTag, multiple: false, cancellationToken).AsTask();
        };
        await channel.BasicConsumeAsync(Name, autoAck: false, consumer, cancellationToken);
        var began = Stopwatch.GetTimestamp();
        while (!isDone())
        {
            if (Stopwatch.GetElapsedTime(began) > Bound)
                throw new BenchmarkException($"Not every message came within {Bound}.");
            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, cancellationToken);
        }
    }

    async Task<IConnection> ConnectionAsync(CancellationToken cancellationToken) =>
        connection ??= await new ConnectionFactory { Uri = rabbitMq }.CreateConnectionAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        var own = await ConnectionAsync(CancellationToken.None);
        await using (var channel = await own.CreateChannelAsync())
        {
            await channel.QueueDeleteAsync(Name);
            await channel.ExchangeDeleteAsync(Name);
            await channel.ExchangeDeleteAsync(Exchange);
        }

        await own.DisposeAsync();
    }
}
