using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace OptiInfra.GraphQL;

/// <summary>Tells the subscribers of a topic.</summary>
public interface ITopicEventSender
{
    ValueTask SendAsync<TMessage>(string topicName, TMessage message, CancellationToken cancellationToken = default);

    /// <summary>Ends the streams of all who follow the topic.</summary>
    ValueTask CompleteAsync(string topicName);
}

/// <summary>Follows a topic.</summary>
public interface ITopicEventReceiver
{
    /// <summary>The subscription stands when this returns: nothing sent afterwards is missed.</summary>
    ValueTask<IAsyncEnumerable<TMessage>> SubscribeAsync<TMessage>(string topicName, CancellationToken cancellationToken = default);
}

/// <summary>Topics within one process. A subscriber that falls behind by more than its buffer loses the oldest messages.</summary>
public sealed class InMemoryTopics(int bufferSize = 1024) : ITopicEventSender, ITopicEventReceiver
{
    readonly ConcurrentDictionary<string, ConcurrentDictionary<Channel<object?>, byte>> _topics = new(StringComparer.Ordinal);

    public ValueTask SendAsync<TMessage>(string topicName, TMessage message, CancellationToken cancellationToken = default)
    {
        if (_topics.TryGetValue(topicName, out var subscribers))
            foreach (var subscriber in subscribers.Keys) subscriber.Writer.TryWrite(message);
        return default;
    }

    public ValueTask CompleteAsync(string topicName)
    {
        if (_topics.TryRemove(topicName, out var subscribers))
            foreach (var subscriber in subscribers.Keys) subscriber.Writer.TryComplete();
        return default;
    }

    public ValueTask<IAsyncEnumerable<TMessage>> SubscribeAsync<TMessage>(string topicName, CancellationToken cancellationToken = default)
    {
        var channel = Channel.CreateBounded<object?>(new BoundedChannelOptions(bufferSize) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
        _topics.GetOrAdd(topicName, static _ => new()).TryAdd(channel, 0);
        // whoever goes before he has read anything is forgotten too
        cancellationToken.Register(() => Forget(topicName, channel));
        return new(Read<TMessage>(topicName, channel, cancellationToken));
    }

    async IAsyncEnumerable<TMessage> Read<TMessage>(string topic, Channel<object?> channel, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        try
        {
            await foreach (var message in channel.Reader.ReadAllAsync(cancellationToken)) yield return (TMessage)message!;
        }
        finally
        {
            Forget(topic, channel);
        }
    }

    void Forget(string topic, Channel<object?> channel)
    {
        if (_topics.TryGetValue(topic, out var subscribers)) subscribers.TryRemove(channel, out _);
    }
}
