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

public sealed class PostgresInlineProjections : InlineProjectionCompliance
{
    protected override async Task<StoreUnderTest> CreateAsync(Action<StoreOptions>? configure) => await PostgresStore.CreateAsync(configure);
}

public sealed class PostgresAsyncProjections : AsyncProjectionCompliance
{
    protected override async Task<StoreUnderTest> CreateAsync(Action<StoreOptions>? configure) => await PostgresStore.CreateAsync(configure);
}

public sealed class PostgresRebuilds : RebuildCompliance
{
    protected override async Task<StoreUnderTest> CreateAsync(Action<StoreOptions>? configure) => await PostgresStore.CreateAsync(configure);
}

public sealed class PostgresInlineVersions : InlineVersionCompliance
{
    protected override async Task<StoreUnderTest> CreateAsync(Action<StoreOptions>? configure) => await PostgresStore.CreateAsync(configure);
}

public sealed class PostgresSkipping : SkippingCompliance
{
    protected override async Task<StoreUnderTest> CreateAsync(Action<StoreOptions>? configure) => await PostgresStore.CreateAsync(configure);
}

public sealed class PostgresSnapshots : SnapshotCompliance
{
    protected override async Task<StoreUnderTest> CreateAsync(Action<StoreOptions>? configure) => await PostgresStore.CreateAsync(configure);
}

public sealed class PostgresArchiving : ArchivingCompliance
{
    protected override async Task<StoreUnderTest> CreateAsync(Action<StoreOptions>? configure) => await PostgresStore.CreateAsync(configure);
}

public sealed class PostgresLeadership : LeadershipCompliance
{
    protected override async Task<StoreUnderTest> CreateAsync(Action<StoreOptions>? configure) => await PostgresStore.CreateAsync(configure);
}

public sealed class PostgresReplay : ReplayProperties
{
    protected override async Task<StoreUnderTest> CreateAsync(Action<StoreOptions>? configure) => await PostgresStore.CreateAsync(configure);
}

public sealed class PostgresOrdering : OrderingCompliance
{
    protected override async Task<StoreUnderTest> CreateAsync(Action<StoreOptions>? configure) => await PostgresStore.CreateAsync(configure);

    protected override async Task<IReadOnlyList<long>> ReadNaivelyAsync(long after, int limit)
    {
        await using var session = Store.LightweightSession();
        var read = new Sequences($"select seq_id from {Store.Options.DatabaseSchemaName}.events where seq_id > {after} order by seq_id limit {limit}");
        await session.ExecuteAsync([read]);
        return read.Values;
    }

    sealed class Sequences(string sql) : ISessionOperation
    {
        public List<long> Values { get; } = [];

        public void Configure(Npgsql.NpgsqlBatch batch) => batch.BatchCommands.Add(new(sql));

        public async Task PostprocessAsync(Npgsql.NpgsqlDataReader reader, CancellationToken cancellationToken)
        {
            while (await reader.ReadAsync(cancellationToken))
                Values.Add(reader.GetInt64(0));
            await reader.NextResultAsync(cancellationToken);
        }
    }
}

public sealed class PostgresCheckpoints : CheckpointCompliance
{
    protected override async Task<StoreUnderTest> CreateAsync(Action<StoreOptions>? configure) => await PostgresStore.CreateAsync(configure);
}

public sealed class PostgresTransfer : TransferCompliance
{
    protected override async Task<StoreUnderTest> CreateAsync(Action<StoreOptions>? configure) => await PostgresStore.CreateAsync(configure);
}
