using Microsoft.Extensions.DependencyInjection;
using OptiInfra.Testing;

namespace OptiInfra.EventStore.Tests;

public sealed class RegistrationTests
{
    [Fact]
    public async Task a_store_is_registered_once_with_the_containers_clock()
    {
        await using var schema = await PostgresSchema.CreateAsync("store");
        var clock = new ManualTimeProvider();
        await using var services = new ServiceCollection()
            .AddSingleton<TimeProvider>(clock)
            .AddLogging()
            .AddEventStore(o =>
            {
                o.ConnectionString = schema.AppConnectionString;
                o.OwnerConnectionString = schema.OwnerConnectionString;
                o.DatabaseSchemaName = schema.Schema;
                o.Events.MapEventType<QuestStarted>("quest_started");
            })
            .BuildServiceProvider();

        var store = services.GetRequiredService<IDocumentStore>();
        Assert.Same(store, services.GetRequiredService<IDocumentStore>());
        await store.ApplyAllConfiguredChangesToDatabaseAsync();
        await using var session = store.LightweightSession();
        session.Events.Append(Guid.NewGuid(), new QuestStarted("Ring"));
        await session.SaveChangesAsync();
        Assert.Equal(clock.GetUtcNow(), (await store.Log.ReadAsync(0, 10)).Events[0].Timestamp);
    }
}
