using MassTransit;
using MassTransit.Configuration;
using MassTransit.DependencyInjection.Registration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace OptiInfra.Messaging.Configuration;

/// <summary>
/// Declares the queues of the consumers and sagas that other processes run, so that nothing is published to an exchange
/// whose queue is yet to come: whoever starts first, no event is lost. Relay and scheduler wait for it.
/// </summary>
sealed partial class DeclaredTopology(MessagingOptions options, ILogger<DeclaredTopology> logger) : IHostedService
{
    static readonly TimeSpan StopsWithin = TimeSpan.FromSeconds(5);
    readonly TaskCompletionSource declared = new(TaskCreationOptions.RunContinuationsAsynchronously);
    IBusRegistrationContext? registrations;

    /// <summary>Completes when every queue exists, wherever it is consumed.</summary>
    public Task Declared => declared.Task;

    /// <summary>Configures the endpoints that run here, and remembers the others.</summary>
    public void ConfigureEndpoints(IBusRegistrationContext context, IRabbitMqBusFactoryConfigurator bus)
    {
        registrations = context;
        var elsewhere = Elsewhere(context);
        bus.ConfigureEndpoints(context, filter =>
        {
            if (elsewhere.Length > 0)
                filter.Exclude(elsewhere);
        });
    }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (registrations is { } context && Elsewhere(context) is { Length: > 0 } elsewhere)
        {
            LogDeclaring(string.Join(", ", elsewhere.Select(type => type.Name)));
            var topology = Bus.Factory.CreateUsingRabbitMq(bus =>
            {
                MessagingRegistrationExtensions.ConfigureHost(context, bus, options);
                bus.DeployTopologyOnly = true;
                // those that run here are configured already
                bus.ConfigureEndpoints(context);
            });
            await topology.StartAsync(cancellationToken);
            if (!await IsStoppedAsync(topology, StopsWithin, cancellationToken))
                LogNotStopped(StopsWithin);
        }

        declared.TrySetResult();
    }

    /// <summary>
    /// Within a time: MassTransit waits for ever for an endpoint that became ready in the moment in which it is stopped, since it adds the
    /// endpoint's agent to those to be stopped after it has stopped them. Such a bus keeps an idle connection.
    /// </summary>
    internal static async Task<bool> IsStoppedAsync(IBusControl bus, TimeSpan within, CancellationToken cancellationToken)
    {
        try
        {
            await bus.StopAsync(cancellationToken).WaitAsync(within, TimeProvider.System, cancellationToken);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        declared.TrySetCanceled(CancellationToken.None);
        return Task.CompletedTask;
    }

    Type[] Elsewhere(IBusRegistrationContext context) =>
    [
        .. context.GetServices<IConsumerRegistration>().Select(r => r.Type)
            .Concat(context.GetServices<ISagaRegistration>().Select(r => r.Type))
            .Where(type => !options.RunsHere(type)),
    ];

    [LoggerMessage(LogLevel.Information, "Declaring the queues of what other processes run: {Types}")]
    partial void LogDeclaring(string types);

    [LoggerMessage(LogLevel.Warning, "The queues are declared; the bus that declared them has not stopped within {Bound} and keeps an idle connection.")]
    partial void LogNotStopped(TimeSpan bound);
}
