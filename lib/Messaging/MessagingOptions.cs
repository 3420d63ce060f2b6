namespace OptiInfra.Messaging;

/// <summary>Settings of the bus and of what runs around it.</summary>
public sealed class MessagingOptions
{
    /// <summary>Where RabbitMQ is: <c>amqp://user:password@host:port/vhost</c> (or amqps).</summary>
    public Uri RabbitMq { get; set; } = new("amqp://guest:guest@127.0.0.1:5672/");
    /// <summary>Shown as the connection's name in RabbitMQ's management page.</summary>
    public string ConnectionName { get; set; } = "optiinfra";
    /// <summary>Messages that a queue may hand to this process at once.</summary>
    public int PrefetchCount { get; set; } = 32;
    /// <summary>Messages of one queue that this process handles at once; each may need a database connection.</summary>
    public int ConcurrentMessageLimit { get; set; } = 16;
    /// <summary>Quorum queues for clusters. The type of a queue that exists already cannot be changed.</summary>
    public bool QuorumQueues { get; set; }
    /// <summary>Waits before another attempt at a message that failed; after the last it goes to the endpoint's <c>_error</c> queue.</summary>
    public IReadOnlyList<TimeSpan> RetryIntervals { get; set; } =
        [TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(2)];
    /// <summary>How long the bus may take to finish the messages in hand when the host stops.</summary>
    public TimeSpan StopTimeout { get; set; } = TimeSpan.FromSeconds(10);
    /// <summary>How long an endpoint may be without a connection before it is started anew; later tries wait up to four times as long.</summary>
    public TimeSpan EndpointPatience { get; set; } = TimeSpan.FromSeconds(20);
    /// <summary>
    /// Which consumers and sagas (by the type of their consumer or instance) this process runs. Register all of them in every
    /// process: the queues of the others are declared here too, so that no event is published before its queue exists.
    /// </summary>
    public Func<Type, bool> RunsHere { get; set; } = static _ => true;
    /// <summary>What the lines logged while a message is handled say besides, by name; nothing when null.</summary>
    public Func<MassTransit.ConsumeContext, IReadOnlyDictionary<string, object>>? LogScope { get; set; }
    /// <summary>Whether this process may become the one that publishes events from the store.</summary>
    public bool RunRelay { get; set; } = true;
    /// <summary>Events that the relay reads at once.</summary>
    public int RelayBatchSize { get; set; } = 500;
    /// <summary>Events that the relay may have on their way to the broker without a confirm.</summary>
    public int RelayOutstanding { get; set; } = 1000;
    /// <summary>Whether this process delivers scheduled messages; several may.</summary>
    public bool RunScheduler { get; set; } = true;
    /// <summary>How often scheduled messages are looked for, by the wall's clock.</summary>
    public TimeSpan SchedulerPollInterval { get; set; } = TimeSpan.FromMilliseconds(200);
    /// <summary>How long a handled message is remembered, so that a duplicate has no effect.</summary>
    public TimeSpan InboxRetention { get; set; } = TimeSpan.FromDays(7);
    public TimeSpan InboxCleanupInterval { get; set; } = TimeSpan.FromHours(1);
}
