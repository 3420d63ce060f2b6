using System.Collections.Concurrent;
using MassTransit;
using OptiInfra.EventStore;

namespace OptiInfra.Messaging.Tests.Shop;

/// <summary>What consumers of a test saw and what they are told to do.</summary>
public sealed class Notebook
{
    public ConcurrentQueue<object> Seen { get; } = [];
    public ConcurrentQueue<EventMetadata?> Metadata { get; } = [];
    /// <summary>Runs inside the consumer, before it appends.</summary>
    public Func<ConsumeContext, Task> Meanwhile { get; set; } = _ => Task.CompletedTask;
    /// <summary>When reminders are due by the injected clock; three minutes later when null.</summary>
    public DateTimeOffset? RemindAt { get; set; }
    public int Times<T>() => Seen.OfType<T>().Count();
}

/// <summary>Packs what is ordered, ships what is paid: two messages at one endpoint.</summary>
public sealed class PackingAgent(Notebook notebook) : IConsumer<OrderPlaced>, IConsumer<PaymentTaken>
{
    public async Task Consume(ConsumeContext<OrderPlaced> context)
    {
        notebook.Seen.Enqueue(context.Message);
        notebook.Metadata.Enqueue(context.EventMetadata());
        await notebook.Meanwhile(context);
        context.Session().Events.Append(context.Message.OrderId, new ItemPacked(context.Message.OrderId, 1));
    }

    public async Task Consume(ConsumeContext<PaymentTaken> context)
    {
        notebook.Seen.Enqueue(context.Message);
        await notebook.Meanwhile(context);
        context.Session().Events.Append(context.Message.OrderId, new OrderShipped(context.Message.OrderId));
    }
}

/// <summary>Notes items in the order of their arrival.</summary>
public sealed class PackingList(Notebook notebook) : IConsumer<ItemPacked>
{
    public async Task Consume(ConsumeContext<ItemPacked> context)
    {
        notebook.Seen.Enqueue(context.Message);
        notebook.Metadata.Enqueue(context.EventMetadata());
        await notebook.Meanwhile(context);
    }
}

/// <summary>Asks for reminders and notes them.</summary>
public sealed class ReminderAgent(Notebook notebook) : IConsumer<OrderPlaced>, IConsumer<Reminder>
{
    public async Task Consume(ConsumeContext<OrderPlaced> context)
    {
        notebook.Seen.Enqueue(context.Message);
        if (notebook.RemindAt is { } due)
            await context.ScheduleAt(due, new Reminder(context.Message.OrderId, context.Message.Customer));
        else
            await context.ScheduleSend(TimeSpan.FromMinutes(3), new Reminder(context.Message.OrderId, context.Message.Customer));
        await notebook.Meanwhile(context);
    }

    public Task Consume(ConsumeContext<Reminder> context)
    {
        notebook.Seen.Enqueue(context.Message);
        return notebook.Meanwhile(context);
    }
}
