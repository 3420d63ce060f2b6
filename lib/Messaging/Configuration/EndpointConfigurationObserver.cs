using MassTransit;
using MassTransit.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace OptiInfra.Messaging;

/// <summary>Puts the inbox before every consumer of an endpoint, and stream order before a saga, whose inbox is in its repository.</summary>
sealed class EndpointConfigurationObserver(string endpoint, IReceiveEndpointConfigurator configurator, IServiceProvider provider) : IConsumerConfigurationObserver, ISagaConfigurationObserver
{
    readonly Dictionary<Type, Type> handlers = [];
    bool ordered;

    public void ConsumerConfigured<TConsumer>(IConsumerConfigurator<TConsumer> _) where TConsumer : class
    {
    }

    public void ConsumerMessageConfigured<TConsumer, TMessage>(IConsumerMessageConfigurator<TConsumer, TMessage> consumer)
        where TConsumer : class where TMessage : class
    {
        Claim(typeof(TMessage), typeof(TConsumer));
        var logger = provider.GetRequiredService<ILoggerFactory>().CreateLogger("OptiInfra.Messaging.Inbox");
        consumer.Message(m => m.UseFilter(new InboxConsumeFilter<TMessage>(
            provider.GetRequiredService<MessagingDatabase>(), provider.GetRequiredService<MessageSessions>(), logger)));
    }

    public void SagaConfigured<TSaga>(ISagaConfigurator<TSaga> _) where TSaga : class, ISaga
    {
        if (ordered)
            return;
        ordered = true;
        configurator.UseStreamOrder();
    }

    public void StateMachineSagaConfigured<TInstance>(ISagaConfigurator<TInstance> _, SagaStateMachine<TInstance> stateMachine)
        where TInstance : class, ISaga, SagaStateMachineInstance
    {
    }

    public void SagaMessageConfigured<TSaga, TMessage>(ISagaMessageConfigurator<TSaga, TMessage> _)
        where TSaga : class, ISaga where TMessage : class => Claim(typeof(TMessage), typeof(TSaga));

    /// <summary>Notes what the endpoint takes. Two handlers of one message at one endpoint would share its inbox row, and the second would never run.</summary>
    void Claim(Type message, Type handler)
    {
        provider.GetRequiredService<Subscriptions>().Add(endpoint, message);
        if (!handlers.TryAdd(message, handler) && handlers[message] != handler)
            throw new ConfigurationException($"{handlers[message]} and {handler} both handle {message} at endpoint '{endpoint}'. Give each an endpoint of its own.");
    }
}
