using MassTransit;
using MassTransit.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace OptiInfra.Messaging;

/// <summary>Puts the inbox before every consumer of an endpoint. A saga's inbox is in its repository.</summary>
sealed class InboxConfigurationObserver(string endpoint, IServiceProvider provider) : IConsumerConfigurationObserver, ISagaConfigurationObserver
{
    readonly Dictionary<Type, Type> handlers = [];

    public void ConsumerConfigured<TConsumer>(IConsumerConfigurator<TConsumer> configurator) where TConsumer : class
    {
    }

    public void ConsumerMessageConfigured<TConsumer, TMessage>(IConsumerMessageConfigurator<TConsumer, TMessage> configurator)
        where TConsumer : class where TMessage : class
    {
        Claim(typeof(TMessage), typeof(TConsumer));
        var logger = provider.GetRequiredService<ILoggerFactory>().CreateLogger("OptiInfra.Messaging.Inbox");
        configurator.Message(m => m.UseFilter(new InboxConsumeFilter<TMessage>(
            provider.GetRequiredService<MessagingDatabase>(), provider.GetRequiredService<MessageSessions>(), logger)));
    }

    public void SagaConfigured<TSaga>(ISagaConfigurator<TSaga> configurator) where TSaga : class, ISaga
    {
    }

    public void StateMachineSagaConfigured<TInstance>(ISagaConfigurator<TInstance> configurator, SagaStateMachine<TInstance> stateMachine)
        where TInstance : class, ISaga, SagaStateMachineInstance
    {
    }

    public void SagaMessageConfigured<TSaga, TMessage>(ISagaMessageConfigurator<TSaga, TMessage> configurator)
        where TSaga : class, ISaga where TMessage : class => Claim(typeof(TMessage), typeof(TSaga));

    /// <summary>Two handlers of one message at one endpoint would share its inbox row, and the second would never run.</summary>
    void Claim(Type message, Type handler)
    {
        if (!handlers.TryAdd(message, handler) && handlers[message] != handler)
            throw new ConfigurationException($"{handlers[message]} and {handler} both handle {message} at endpoint '{endpoint}'. Give each an endpoint of its own.");
    }
}
