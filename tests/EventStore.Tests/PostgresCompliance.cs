namespace OptiInfra.EventStore.Tests;

public sealed class PostgresAppending : AppendingCompliance
{
    protected override async Task<StoreUnderTest> CreateAsync(Action<StoreOptions>? configure) => await PostgresStore.CreateAsync(configure);
}

public sealed class PostgresAggregating : AggregatingCompliance
{
    protected override async Task<StoreUnderTest> CreateAsync(Action<StoreOptions>? configure) => await PostgresStore.CreateAsync(configure);
}

public sealed class PostgresMetadata : MetadataCompliance
{
    protected override async Task<StoreUnderTest> CreateAsync(Action<StoreOptions>? configure) => await PostgresStore.CreateAsync(configure);
}

public sealed class PostgresTenancy : TenancyCompliance
{
    protected override async Task<StoreUnderTest> CreateAsync(Action<StoreOptions>? configure) => await PostgresStore.CreateAsync(configure);
}

public sealed class PostgresDocuments : DocumentCompliance
{
    protected override async Task<StoreUnderTest> CreateAsync(Action<StoreOptions>? configure) => await PostgresStore.CreateAsync(configure);
}

public sealed class PostgresEventTypes : EventTypeCompliance
{
    protected override async Task<StoreUnderTest> CreateAsync(Action<StoreOptions>? configure) => await PostgresStore.CreateAsync(configure);
}

public sealed class PostgresLog : LogCompliance
{
    protected override async Task<StoreUnderTest> CreateAsync(Action<StoreOptions>? configure) => await PostgresStore.CreateAsync(configure);
}

public sealed class PostgresSessions : SessionCompliance
{
    protected override async Task<StoreUnderTest> CreateAsync(Action<StoreOptions>? configure) => await PostgresStore.CreateAsync(configure);
}

public sealed class PostgresChain : ChainCompliance
{
    protected override async Task<StoreUnderTest> CreateAsync(Action<StoreOptions>? configure) => await PostgresStore.CreateAsync(configure);
}
