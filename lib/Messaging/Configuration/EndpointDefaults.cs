using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OptiInfra.EventStore;

namespace OptiInfra.Messaging.Configuration;

/// <summary>
/// What every endpoint does around its consumers and sagas, from the outside in: wait for a database that is away,
/// try a failed message again a few times, handle a message at once again that lost a race, then the inbox.
/// </summary>
static class EndpointDefaults
{
    static readonly TimeSpan[] RaceIntervals = [.. Enumerable.Range(0, 12).Select(i => TimeSpan.FromMilliseconds(Math.Min(5 * (1 << i), 500)))];

    /// <summary>About an hour: a message that waited so long for the database goes to the error queue rather than for ever.</summary>
    static readonly TimeSpan[] OutageIntervals =
        [.. Enumerable.Range(0, 4).Select(i => TimeSpan.FromMilliseconds(250 * (1 << i))), .. Enumerable.Repeat(TimeSpan.FromSeconds(5), 720)];

    public static void Apply(IRegistrationContext context, string name, IReceiveEndpointConfigurator endpoint, MessagingOptions options)
    {
        MessageJson.Use(context.GetRequiredService<IDocumentStore>().Options);
        // only events travel on the bus; what failed is in the error queue, with its reason
        endpoint.PublishFaults = false;
        endpoint.ConfigurePublish(publish => publish.UseExecute(static _ => throw new InvalidOperationException(
            "Only the relay publishes: append the event to context.Session(), which commits it together with what else the message has caused.")));
        endpoint.ConfigureSend(send => send.UseExecute(static c =>
        {
            if (c.RequestId is null)
                throw new InvalidOperationException(
                    "What is sent from here could not be taken back: append an event to context.Session(), or schedule the message, which is written in its transaction.");
        }));
        if (options.QuorumQueues && endpoint is IRabbitMqReceiveEndpointConfigurator queue)
            queue.SetQuorumQueue();
        if (options.LogScope is { } scope)
            endpoint.UseFilter(new LogScopeFilter(context.GetRequiredService<ILoggerFactory>().CreateLogger("OptiInfra.Messaging"), scope));
        endpoint.UseMessageRetry(r =>
        {
            r.Handle<Exception>(DatabaseFaults.IsOutage);
            r.Intervals(OutageIntervals);
        });
        if (options.RetryIntervals.Count > 0)
            endpoint.UseMessageRetry(r =>
            {
                r.Handle<Exception>(static e => !DatabaseFaults.IsOutage(e) && !DatabaseFaults.IsConcurrency(e));
                r.Intervals([.. options.RetryIntervals]);
            });
        endpoint.UseMessageRetry(r =>
        {
            r.Handle<Exception>(DatabaseFaults.IsConcurrency);
            r.Intervals(RaceIntervals);
        });

        var observer = new EndpointConfigurationObserver(name, endpoint, context);
        endpoint.ConnectConsumerConfigurationObserver(observer);
        endpoint.ConnectSagaConfigurationObserver(observer);
    }
}
