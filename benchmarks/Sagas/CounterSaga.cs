using MassTransit;

namespace OptiInfra.Benchmarks.Sagas;

public sealed record CounterAdvanced(Guid CounterId, int Number);

public sealed class CounterState : SagaStateMachineInstance, ISagaVersion
{
    public Guid CorrelationId { get; set; }
    public string CurrentState { get; set; } = "";
    public int Version { get; set; }
    public int Count { get; set; }
    public long Sum { get; set; }
}

/// <summary>The least that a saga can do: count its messages.</summary>
public sealed class CounterStateMachine : MassTransitStateMachine<CounterState>
{
    readonly SagaMeter meter;

    public CounterStateMachine(SagaMeter meter)
    {
        this.meter = meter;
        InstanceState(x => x.CurrentState);
        Event(() => Advanced, x => x.CorrelateById(m => m.Message.CounterId));
        Initially(When(Advanced).Then(Count).TransitionTo(Counting));
        During(Counting, When(Advanced).Then(Count));
    }

    public State Counting { get; } = null!;
    public Event<CounterAdvanced> Advanced { get; } = null!;

    void Count(BehaviorContext<CounterState, CounterAdvanced> context)
    {
        meter.Count();
        context.Saga.Count++;
        context.Saga.Sum += context.Message.Number;
    }
}
