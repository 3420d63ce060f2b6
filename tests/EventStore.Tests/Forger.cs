namespace OptiInfra.EventStore.Tests;

/// <summary>One who may write every table and knows how hashes are made: what he leaves behind fits together.</summary>
sealed class Forger(StoreUnderTest store)
{
    /// <summary>Gives the events of a stream the hashes that they should have as they are now, and the stream its head.</summary>
    public async Task RechainAsync(Guid streamId, string tenant = SessionOptions.DefaultTenant)
    {
        await using var session = store.Store.QuerySession(tenant);
        ReadOnlyMemory<byte> predecessor = EventContent.FirstPredecessor;
        var version = 0L;
        foreach (var e in await session.Events.FetchStreamAsync(streamId))
        {
            // the versions close up where events were taken out
            await store.ExecuteAsOwnerAsync($"update ${{schema}}.events set version = {++version} where id = '{e.Id}'");
            predecessor = EventContent.ChainHash(predecessor.Span, version, EventContent.ContentHash(e, StoredText.Data(e).Span));
            await store.ExecuteAsOwnerAsync($"update ${{schema}}.events set hash = '\\x{Convert.ToHexString(predecessor.Span)}' where id = '{e.Id}'");
        }

        await store.ExecuteAsOwnerAsync(version == 0
            ? $"delete from ${{schema}}.streams where id = '{streamId}'"
            : $"update ${{schema}}.streams set version = {version}, head_hash = '\\x{Convert.ToHexString(predecessor.Span)}' where id = '{streamId}'");
    }

    public async Task CutOffAsync(Guid streamId, long fromVersion, string tenant = SessionOptions.DefaultTenant)
    {
        await store.ExecuteAsOwnerAsync($"delete from ${{schema}}.events where stream_id = '{streamId}' and version >= {fromVersion}");
        await RechainAsync(streamId, tenant);
    }
}
