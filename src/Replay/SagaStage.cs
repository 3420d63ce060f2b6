using MassTransit;
using MassTransit.Context;
using MassTransit.Saga;
using MassTransit.Scheduling;
using OptiInfra.Commands;
using OptiInfra.Contracts;
using OptiInfra.Sagas;

namespace OptiInfra.Replay;

/// <summary>A state machine on a bus in memory, told one message at a time; its commands are kept, its timers never ring by themselves.</summary>
sealed class SagaStage : IAsyncDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    static readonly Uri Queue = new("queue:replay");
    readonly IBusControl bus;
    readonly Script script;
    readonly Watch watch;
    readonly HashSet<Type> understood;

    SagaStage(IBusControl bus, Script script, Watch watch, StateMachine machine)
    {
        (this.bus, this.script, this.watch) = (bus, script, watch);
        understood = [.. machine.Events.SelectMany(e => e.GetType().GetInterfaces()).Where(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(Event<>)).Select(i => i.GetGenericArguments()[0])];
    }

    /// <param name="make">The state machine, given where its commands go and by which clock.</param>
    public static async Task<SagaStage> StartAsync<TState>(Func<ISagaCommands, TimeProvider, MassTransitStateMachine<TState>> make, CancellationToken cancellationToken)
        where TState : class, SagaStateMachineInstance
    {
        var kept = new Script();
        var observer = new Watch();
        var machine = make(kept, kept);
        var repository = new InMemorySagaRepository<TState>();
        var inMemory = Bus.Factory.CreateUsingInMemory(configure => configure.ReceiveEndpoint("replay", endpoint =>
        {
            endpoint.ConcurrentMessageLimit = 1;
            endpoint.UseExecute(context => context.GetOrAddPayload<MessageSchedulerContext>(() =>
                new ConsumeMessageSchedulerContext(context, c => new MessageScheduler(new NoTimers(), c.GetPayload<IBusTopology>()))));
            endpoint.StateMachineSaga(machine, repository);
        }));
        inMemory.ConnectReceiveObserver(observer);
        await inMemory.StartAsync(cancellationToken).ConfigureAwait(false);
        return new SagaStage(inMemory, kept, observer, machine);
    }

    /// <summary>What the state machine answers to a message.</summary>
    /// <param name="version">See <see cref="GivenCommand"/>.</param>
    public async Task<IReadOnlyList<GivenCommand>> TellAsync(object message, Type type, Guid messageId, DateTimeOffset at, long version, CancellationToken cancellationToken)
    {
        if (!understood.Contains(type))
            return [];
        script.Begin(at);
        var handled = watch.Next();
        var endpoint = await bus.GetSendEndpoint(Queue).ConfigureAwait(false);
        await endpoint.Send(message, type, Pipe.Execute<SendContext>(c => c.MessageId = messageId), cancellationToken).ConfigureAwait(false);
        await handled.WaitAsync(Patience, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        return [.. script.Given.Select(g => new GivenCommand(g.Id, g.Command, type.Name, version, at))];
    }

    public async ValueTask DisposeAsync() => await bus.StopAsync(CancellationToken.None).ConfigureAwait(false);

    /// <summary>Keeps the commands, and is the clock by which they are given.</summary>
    sealed class Script : TimeProvider, ISagaCommands
    {
        DateTimeOffset now;

        public List<(Guid Id, ICommand Command)> Given { get; } = [];

        public void Begin(DateTimeOffset at)
        {
            now = at;
            Given.Clear();
        }

        public override DateTimeOffset GetUtcNow() => now;

        public Task<CommandOutcome> ExecuteAsync(ConsumeContext message, ICommand command, CommandContext context)
        {
            Given.Add((context.CommandId, command));
            return Task.FromResult<CommandOutcome>(new CommandOutcome.Accepted([]));
        }
    }

    /// <summary>Timers get their tokens, and that is all.</summary>
    sealed class NoTimers : IScheduleMessageProvider
    {
        public Task<ScheduledMessage<T>> ScheduleSend<T>(Uri destinationAddress, DateTime scheduledTime, T message, IPipe<SendContext<T>> pipe, CancellationToken cancellationToken)
            where T : class =>
            Task.FromResult<ScheduledMessage<T>>(new ScheduledMessageHandle<T>(NewId.NextGuid(), scheduledTime, destinationAddress, message));

        public Task CancelScheduledSend(Guid tokenId, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task CancelScheduledSend(Uri destinationAddress, Guid tokenId, CancellationToken cancellationToken) => Task.CompletedTask;
    }

    /// <summary>Knows when a message is through, and how it ended.</summary>
    sealed class Watch : IReceiveObserver
    {
        TaskCompletionSource coming = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Exception? fault;

        public Task Next()
        {
            (coming, fault) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), null);
            return coming.Task;
        }

        public Task PreReceive(ReceiveContext context) => Task.CompletedTask;

        public Task PostReceive(ReceiveContext context) => End(fault);

        public Task PostConsume<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType) where T : class => Task.CompletedTask;

        public Task ConsumeFault<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType, Exception exception) where T : class
        {
            fault = exception;
            return Task.CompletedTask;
        }

        public Task ReceiveFault(ReceiveContext context, Exception exception) => End(exception);

        Task End(Exception? how)
        {
            if (how is null)
                coming.TrySetResult();
            else
                coming.TrySetException(how);
            return Task.CompletedTask;
        }
    }
}
