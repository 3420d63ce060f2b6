namespace OptiInfra.EventStore.Tests;

public sealed class PostgresAppending : AppendingCompliance
{
    protected override async Task<StoreUnderTest> CreateAsync(Action<StoreOptions>? configure) => await PostgresStore.CreateAsync(configure);
}
