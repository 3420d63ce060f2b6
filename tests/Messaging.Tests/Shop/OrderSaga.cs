using MassTransit;

namespace OptiInfra.Messaging.Tests.Shop;

public enum Urgency
{
    Normal,
    Express,
}

public sealed class OrderState : SagaStateMachineInstance, ISagaVersion
{
    public Guid CorrelationId { get; set; }
    public int Version { get; set; }
    public string CurrentState { get; set; } = "";
    public string Customer { get; set; } = "";
    public Urgency Urgency { get; set; }
    public List<int> Packed { get; set; } = [];
    public Guid? PaymentTimeout { get; set; }
}

/// <summary>An order waits for its payment, packs and ships; it closes when the payment is overdue.</summary>
public sealed class OrderStateMachine : MassTransitStateMachine<OrderState>
{
    public OrderStateMachine()
    {
        InstanceState(x => x.CurrentState);
        Event(() => Placed, x => x.CorrelateById(m => m.Message.OrderId));
        Event(() => Packed, x => x.CorrelateById(m => m.Message.OrderId));
        Event(() => Paid, x =>
        {
            x.CorrelateBy((saga, m) => saga.Customer == m.Message.Customer && saga.Urgency == Urgency.Express);
            x.OnMissingInstance(m => m.Discard());
        });
        Event(() => Closed, x =>
        {
            x.CorrelateById(m => m.Message.OrderId);
            x.OnMissingInstance(m => m.Discard());
        });
        Schedule(() => Overdue, x => x.PaymentTimeout, s =>
        {
            s.Delay = TimeSpan.FromMinutes(5);
            s.Received = e => e.CorrelateById(m => m.Message.OrderId);
        });

        Initially(
            When(Placed)
                .Then(x =>
                {
                    x.Saga.Customer = x.Message.Customer;
                    x.Saga.Urgency = x.Message.AmountUsd > 100 ? Urgency.Express : Urgency.Normal;
                })
                .Schedule(Overdue, x => new PaymentOverdue(x.Saga.CorrelationId))
                .TransitionTo(Open),
            When(Packed).Then(x => x.Saga.Packed.Add(x.Message.Number)).TransitionTo(Open));

        During(Open,
            Ignore(Placed),
            When(Packed).Activity(x => x.OfType<PackActivity>()),
            When(Paid)
                .Unschedule(Overdue)
                .Then(x => x.Session().Events.Append(x.Saga.CorrelationId, new OrderShipped(x.Saga.CorrelationId)))
                .TransitionTo(Shipped),
            When(Overdue.Received)
                .Then(x => x.Session().Events.Append(x.Saga.CorrelationId, new PaymentMissed(x.Saga.CorrelationId)))
                .TransitionTo(Overran));

        DuringAny(When(Closed).Finalize());
        SetCompletedWhenFinalized();
    }

    public State Open { get; } = null!;
    public State Shipped { get; } = null!;
    public State Overran { get; } = null!;
    public Event<OrderPlaced> Placed { get; } = null!;
    public Event<ItemPacked> Packed { get; } = null!;
    public Event<PaymentTaken> Paid { get; } = null!;
    public Event<OrderClosed> Closed { get; } = null!;
    public Schedule<OrderState, PaymentOverdue> Overdue { get; } = null!;
}

/// <summary>Finds the session as an activity of a state machine does; a number below 0 makes it fail after it has appended.</summary>
public sealed class PackActivity : IStateMachineActivity<OrderState, ItemPacked>
{
    public async Task Execute(BehaviorContext<OrderState, ItemPacked> context, IBehavior<OrderState, ItemPacked> next)
    {
        context.Saga.Packed.Add(context.Message.Number);
        var session = context.GetPayload<EventStore.IDocumentSession>();
        session.Events.Append(context.Saga.CorrelationId, new OrderShipped(context.Saga.CorrelationId));
        if (context.Message.Number < 0)
            throw new InvalidOperationException($"box {context.Message.Number} does not exist");
        await next.Execute(context);
    }

    public Task Faulted<TException>(BehaviorExceptionContext<OrderState, ItemPacked, TException> context, IBehavior<OrderState, ItemPacked> next)
        where TException : Exception => next.Faulted(context);

    public void Probe(ProbeContext context) => context.CreateScope("pack");

    public void Accept(StateMachineVisitor visitor) => visitor.Visit(this);
}

public sealed class OrderSagaDefinition : SagaDefinition<OrderState>
{
    public OrderSagaDefinition() => EndpointName = "order-saga";
}
