using OptiInfra.Testing;

namespace OptiInfra.EventStore.Tests;

public abstract class ArchivingCompliance : StoreCompliance
{
    protected override void Configure(StoreOptions options)
    {
        options.Snapshots.For<Quest>(10);
        options.Projections.Add(new MonsterTallyProjection(), ProjectionLifecycle.Async);
    }

    async Task ArchiveAsync(Guid id, bool back = false, string? tenant = null)
    {
        await using var session = Store.LightweightSession(tenant is null ? null : new SessionOptions { TenantId = tenant });
        if (back)
            session.Events.UnArchiveStream(id);
        else
            session.Events.ArchiveStream(id);
        await session.SaveChangesAsync();
    }

    async Task<(long Live, long Archived)> CountAsync() => (
        (long)(await Tested.ExecuteAsApplicationAsync("select count(*) from ${schema}.events"))!,
        (long)(await Tested.ExecuteAsApplicationAsync("select count(*) from ${schema}.events_archive"))!);

    async Task<bool> IsArchivedAsync(Guid id)
    {
        await using var session = Store.QuerySession();
        return (await session.Events.FetchStreamStateAsync(id))!.IsArchived;
    }

    [Fact]
    public async Task an_archived_stream_lies_apart_and_is_read_and_verified_as_before()
    {
        var id = await StartAsync(new MonsterSlain("orc", 1), new MonsterSlain("troll", 2));
        var other = await StartAsync(new MonsterSlain("orc", 3));
        var before = await FetchAsync(id);
        await ArchiveAsync(id);

        Assert.Equal((2, 3), await CountAsync());
        Assert.Equal((true, false), (await IsArchivedAsync(id), await IsArchivedAsync(other)));
        Assert.Equal(before.Select(e => (e.Id, e.Sequence, e.Version, Convert.ToHexString(e.Hash.Span), e.Data)), (await FetchAsync(id)).Select(e => (e.Id, e.Sequence, e.Version, Convert.ToHexString(e.Hash.Span), e.Data)));
        Assert.Equal(3, (await AggregateAsync(id))!.Gold);
        Assert.Equal([1, 2, 3, 4, 5], (await Store.Log.ReadAsync(0, 10)).Events.Select(e => e.Sequence));
        Assert.Equal([3, 4], (await Store.Log.ReadAsync(2, 2)).Events.Select(e => e.Sequence));
        Assert.Equal((2, 5, true), ((await Store.VerifyAsync()).Streams, (await Store.VerifyAsync()).Events, (await Store.VerifyStreamAsync(id)).IsIntact));
    }

    [Fact]
    public async Task nothing_is_appended_to_an_archived_stream_until_it_is_back()
    {
        var id = await StartAsync();
        await ArchiveAsync(id);
        Assert.Equal(id, (await Assert.ThrowsAsync<StreamArchivedException>(() => AppendAsync(id, new MemberJoined("Frodo")))).StreamId);
        await Assert.ThrowsAsync<StreamArchivedException>(() => AppendAsync(id, new MemberJoined("Frodo"), new MemberJoined("Sam")));
        await using (var session = Store.LightweightSession())
        {
            (await session.Events.FetchForWriting<Quest>(id)).AppendOne(new MemberJoined("Frodo"));
            await Assert.ThrowsAsync<StreamArchivedException>(() => session.SaveChangesAsync());
        }
        await using (var session = Store.LightweightSession())
        {
            session.Events.StartStream<Quest>(id, new QuestStarted("again"));
            await Assert.ThrowsAsync<ExistingStreamIdCollisionException>(() => session.SaveChangesAsync());
        }
        // its neighbours in time are not held up
        var others = await Task.WhenAll(Enumerable.Range(0, 20).Select(async n => n % 2 == 0 ? await Record.ExceptionAsync(() => AppendAsync(id, new MemberJoined("Frodo"))) : await Record.ExceptionAsync(() => StartAsync())));
        Assert.Equal((10, 10), (others.Count(e => e is StreamArchivedException), others.Count(e => e is null)));

        await ArchiveAsync(id, back: true);
        await AppendAsync(id, new MemberJoined("Frodo"));
        Assert.Equal(["Frodo"], (await AggregateAsync(id))!.Members);
        Assert.Equal((12, 0), await CountAsync());
        Assert.True((await Store.VerifyAsync()).IsIntact);
    }

    [Fact]
    public async Task archiving_again_another_tenants_or_none_changes_nothing()
    {
        var id = await StartAsync();
        await ArchiveAsync(id, tenant: "other");
        await ArchiveAsync(Guid.NewGuid());
        await ArchiveAsync(id, back: true);
        Assert.Equal((1, 0), await CountAsync());
        await ArchiveAsync(id);
        await ArchiveAsync(id);
        Assert.Equal((0, 1), await CountAsync());
    }

    [Fact]
    public async Task the_application_may_neither_write_nor_change_the_archive_itself()
    {
        await ArchiveAsync(await StartAsync());
        foreach (var sql in (string[])["insert into ${schema}.events_archive select * from ${schema}.events_archive", "update ${schema}.events_archive set type = 'x'", "delete from ${schema}.events_archive", "truncate ${schema}.events_archive"])
            Assert.Equal(Npgsql.PostgresErrorCodes.InsufficientPrivilege, (await Assert.ThrowsAsync<Npgsql.PostgresException>(() => Tested.ExecuteAsApplicationAsync(sql))).SqlState);
    }

    [Fact]
    public async Task a_tampered_archive_is_found()
    {
        var id = await StartAsync(new MonsterSlain("orc", 1));
        await ArchiveAsync(id);
        await Tested.ExecuteAsOwnerAsync("update ${schema}.events_archive set data = '{\"monster\":\"orc\",\"gold\":2}' where version = 2");
        Assert.Equal((id, 2, ChainFault.HashMismatch), ((await Store.VerifyAsync()).FirstBroken!.StreamId, (await Store.VerifyAsync()).FirstBroken!.Version, (await Store.VerifyAsync()).FirstBroken!.Fault));
    }

    /// <summary>Whatever of it a page has seen, it has seen in one of the two places.</summary>
    [Fact]
    public async Task followers_and_rebuilds_miss_nothing_while_streams_are_archived()
    {
        await using var daemon = Store.BuildProjectionDaemon();
        await daemon.StartAllAsync();
        await Task.WhenAll(Enumerable.Range(0, 3).Select(async _ =>
        {
            for (var i = 0; i < 15; i++)
            {
                var id = await StartAsync(new MonsterSlain("orc", 1));
                await ArchiveAsync(id);
            }
        }));
        await daemon.WaitForNonStaleProjectionDataAsync(Bound);
        await CheckAsync();
        await daemon.RebuildProjectionAsync(nameof(MonsterTally)).WaitAsync(Bound);
        await CheckAsync();

        async Task CheckAsync()
        {
            await using var session = Store.QuerySession();
            Assert.Equal(45, (await session.LoadAsync<MonsterTally>("orc"))!.Slain);
        }
    }
}
