using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using OptiInfra.Messaging.Tests.Shop;
using OptiInfra.Testing;

namespace OptiInfra.Messaging.Tests;

public sealed class scheduled_messages_arrive_when_due
{
    readonly Notebook notebook = new();
    readonly ManualTimeProvider clock = new();

    static void Saga(IBusRegistrationConfigurator x) => x.AddSagaStateMachine<OrderStateMachine, OrderState, OrderSagaDefinition>();

    [Fact]
    public async Task a_timeout_of_a_saga_by_the_injected_clock()
    {
        await using var world = await ShopWorld.CreateAsync(clock);
        await world.StartAsync(Saga);
        var order = await PlaceAsync(world);

        clock.Advance(TimeSpan.FromMinutes(4.9));
        await PollsAsync(world);
        Assert.Equal("Open", await world.SagaStateAsync(order));

        clock.Advance(TimeSpan.FromMinutes(0.2));
        await Eventually.TrueAsync(async () => await world.SagaStateAsync(order) == "Overran", ShopWorld.Bound, "the timeout");
        var missed = (await world.EventsAsync(order))[^1];
        Assert.Equal(new PaymentMissed(order), missed.Data);
        Assert.Equal("order-saga", missed.Actor);
        Assert.Equal((await world.EventsAsync(order))[0].Id, missed.CorrelationId);
        // the row goes when the broker has confirmed, which may be after the saga had the message
        await Eventually.TrueAsync(async () => await world.CountAsync("scheduled_message where attempts = 0") == 0, ShopWorld.Bound, "the end of the timer's row");
    }

    [Fact]
    public async Task not_what_was_unscheduled()
    {
        await using var world = await ShopWorld.CreateAsync(clock);
        await world.StartAsync(Saga);
        var order = await PlaceAsync(world);
        await world.AppendAsync(Guid.NewGuid(), new PaymentTaken(order, "Ada"));
        await Eventually.TrueAsync(async () => await world.SagaStateAsync(order) == "Shipped", ShopWorld.Bound, "the payment");

        Assert.Equal(0, await world.CountAsync("scheduled_message"));
        Assert.Null(await world.ScalarAsync<object>("select coalesce(data->>'paymentTimeout', '-') from saga_state") is "-" ? null : "still has a token");
    }

    [Fact]
    public async Task after_a_restart()
    {
        await using var world = await ShopWorld.CreateAsync(clock);
        var before = await world.StartAsync(Saga);
        var order = await PlaceAsync(world);
        await before.DisposeAsync();
        clock.Advance(TimeSpan.FromMinutes(6));

        await world.StartAsync(Saga);
        await Eventually.TrueAsync(async () => await world.SagaStateAsync(order) == "Overran", ShopWorld.Bound, "the timeout");
    }

    [Fact]
    public async Task with_no_effect_when_sent_twice()
    {
        await using var world = await ShopWorld.CreateAsync(clock);
        await StartAgentAsync(world);
        var order = Guid.NewGuid();
        await world.AppendAsync(order, new OrderPlaced(order, "Ada", 250));
        await Eventually.TrueAsync(async () => await world.CountAsync("scheduled_message") == 1, ShopWorld.Bound, "the reminder's row");

        // what a crash between sending and deleting leaves: the row is still there
        await world.ScalarAsync<object>("create table kept as select * from scheduled_message; select 1::bigint");
        clock.Advance(TimeSpan.FromMinutes(4));
        await Eventually.TrueAsync(async () => await world.CountAsync("scheduled_message") == 0, ShopWorld.Bound, "the reminder being sent");
        await Eventually.TrueAsync(() => notebook.Times<Reminder>() == 1, ShopWorld.Bound, "the reminder");
        await world.ScalarAsync<object>("insert into scheduled_message select * from kept; select 1::bigint");
        await Eventually.TrueAsync(async () => await world.CountAsync("scheduled_message") == 0, ShopWorld.Bound, "the reminder being sent again");
        await Eventually.TrueAsync(async () => await world.Rabbit.MessageCountAsync("reminder-agent") == 0, ShopWorld.Bound, "the queue being empty");

        Assert.Equal(1, notebook.Times<Reminder>());
        Assert.Equal(2, await world.CountAsync("inbox where endpoint = 'reminder-agent'"));
    }

    [Fact]
    public async Task at_an_instant_of_the_injected_clock()
    {
        await using var world = await ShopWorld.CreateAsync(clock);
        notebook.RemindAt = clock.GetUtcNow() + TimeSpan.FromHours(2);
        await StartAgentAsync(world);
        var order = Guid.NewGuid();
        await world.AppendAsync(order, new OrderPlaced(order, "Ada", 250));
        await Eventually.TrueAsync(async () => await world.CountAsync("scheduled_message") == 1, ShopWorld.Bound, "the reminder's row");

        Assert.InRange(await world.ScalarAsync<DateTime>("select due from scheduled_message"), notebook.RemindAt.Value.UtcDateTime.AddSeconds(-5), notebook.RemindAt.Value.UtcDateTime);
        clock.Advance(TimeSpan.FromHours(2));
        await Eventually.TrueAsync(() => notebook.Times<Reminder>() == 1, ShopWorld.Bound, "the reminder");
    }

    [Fact]
    public async Task not_what_a_failed_attempt_asked_for()
    {
        await using var world = await ShopWorld.CreateAsync(clock);
        notebook.Meanwhile = _ => notebook.Times<OrderPlaced>() == 1 ? throw new InvalidOperationException("not yet") : Task.CompletedTask;
        await StartAgentAsync(world);
        var order = Guid.NewGuid();
        await world.AppendAsync(order, new OrderPlaced(order, "Ada", 250));
        await Eventually.TrueAsync(async () => await world.CountAsync("inbox") == 1, ShopWorld.Bound, "the second attempt");

        Assert.Equal(2, notebook.Times<OrderPlaced>());
        Assert.Equal(1, await world.CountAsync("scheduled_message"));
    }

    [Fact]
    public async Task once_each_although_two_processes_deliver()
    {
        const int reminders = 300;
        await using var world = await ShopWorld.CreateAsync(clock);
        await StartAgentAsync(world);
        await StartAgentAsync(world);
        await Parallel.ForEachAsync(Enumerable.Range(0, reminders), async (i, _) =>
        {
            var order = Guid.NewGuid();
            await world.AppendAsync(order, new OrderPlaced(order, $"{i}", 250));
        });
        await Eventually.TrueAsync(async () => await world.CountAsync("scheduled_message") == reminders, ShopWorld.Bound, "the rows");
        clock.Advance(TimeSpan.FromMinutes(4));
        await Eventually.TrueAsync(() => notebook.Times<Reminder>() >= reminders, ShopWorld.Bound, "the reminders");

        Assert.Equal(reminders, notebook.Seen.OfType<Reminder>().Select(r => r.OrderId).Distinct().Count());
        Assert.Equal(reminders, notebook.Times<Reminder>());
    }

    [Fact]
    public async Task one_that_cannot_be_sent_says_why_and_keeps_nobody_waiting()
    {
        await using var world = await ShopWorld.CreateAsync(clock);
        await StartAgentAsync(world);
        var order = Guid.NewGuid();
        await world.ScalarAsync<object>(
            "insert into scheduled_message (token, message_id, due, destination, body) values (gen_random_uuid(), gen_random_uuid(), '2000-01-01', 'exchange:reminder-agent', 'no json'); select 1::bigint");
        await world.AppendAsync(order, new OrderPlaced(order, "Ada", 250));
        await Eventually.TrueAsync(async () => await world.CountAsync("scheduled_message") == 2, ShopWorld.Bound, "the reminder's row");
        clock.Advance(TimeSpan.FromMinutes(4));
        await Eventually.TrueAsync(() => notebook.Times<Reminder>() == 1, ShopWorld.Bound, "the reminder");

        Assert.NotEmpty(await world.ScalarAsync<string>("select last_error from scheduled_message where attempts > 0"));
    }

    Task<ShopHost> StartAgentAsync(ShopWorld world) => world.StartAsync(x => x.AddConsumer<ReminderAgent>(), services: s => s.AddSingleton(notebook));

    static async Task<Guid> PlaceAsync(ShopWorld world)
    {
        var order = Guid.NewGuid();
        await world.AppendAsync(order, new OrderPlaced(order, "Ada", 250));
        await Eventually.TrueAsync(async () => await world.SagaStateAsync(order) == "Open", ShopWorld.Bound, "the saga being open");
        return order;
    }

    /// <summary>Long enough for the delivery to have looked: a message due long ago has been sent.</summary>
    static async Task PollsAsync(ShopWorld world)
    {
        await world.ScalarAsync<object>(
            "insert into scheduled_message (token, message_id, due, destination, body) values (gen_random_uuid(), gen_random_uuid(), '2000-01-01', 'exchange:nowhere', 'no json'); select 1::bigint");
        await Eventually.TrueAsync(async () => await world.CountAsync("scheduled_message where attempts > 0") == 1, ShopWorld.Bound, "a poll");
    }
}
