namespace OptiInfra.EventStore.Tests;

public abstract class ChainCompliance : StoreCompliance
{
    [Fact]
    public async Task an_untouched_store_is_intact()
    {
        for (var i = 0; i < 3; i++)
            await AppendAsync(await StartAsync(new MemberJoined("Frodo")), new MonsterSlain("orc", i));
        List<VerificationProgress> told = [];

        var report = await Store.VerifyAsync(new Inline<VerificationProgress>(told.Add));

        Assert.Equal((true, 3, 9), (report.IsIntact, report.Streams, report.Events));
        Assert.Equal(new VerificationProgress(9, 9), told[^1]);
    }

    [Fact]
    public async Task an_empty_store_is_intact() => Assert.Equal(new VerificationReport(0, 0, null), await Store.VerifyAsync());

    [Fact]
    public async Task hundreds_of_streams_are_walked()
    {
        await using (var session = Store.LightweightSession())
        {
            for (var i = 0; i < 1203; i++)
                session.Events.StartStream<Quest>(Guid.NewGuid(), new QuestStarted($"{i}"));
            await session.SaveChangesAsync();
        }
        Assert.Equal(new VerificationReport(1203, 1203, null), await Store.VerifyAsync());
    }

    [Theory]
    [InlineData("data = '{\"member\":\"Sauron\"}'")]
    [InlineData("data = (data::text || ' ')::json")]
    [InlineData("timestamp = timestamp + interval '1 microsecond'")]
    [InlineData("type = 'member_left'")]
    [InlineData("schema_version = 2")]
    [InlineData("actor = 'nobody'")]
    [InlineData("actor = ''")]
    [InlineData("correlation_id = gen_random_uuid()")]
    [InlineData("causation_id = gen_random_uuid()")]
    [InlineData("trace_parent = '00-x'")]
    [InlineData("tenant_id = 'other'")]
    [InlineData("id = gen_random_uuid()")]
    [InlineData("hash = sha256('x')")]
    public async Task a_changed_event_is_found(string change)
    {
        var id = await StartAsync(new MemberJoined("Frodo"), new MemberJoined("Sam"));
        await StartAsync();
        await Tested.ExecuteAsOwnerAsync($"update ${{schema}}.events set {change} where stream_id = '{id}' and version = 2");

        var report = await Store.VerifyAsync();

        Assert.Equal((id, 2, ChainFault.HashMismatch), (report.FirstBroken!.StreamId, report.FirstBroken.Version, report.FirstBroken.Fault));
        Assert.Equal(report.FirstBroken, (await Store.VerifyStreamAsync(id)).FirstBroken);
    }

    [Fact]
    public async Task an_event_moved_to_another_stream_is_found()
    {
        var (a, b) = (await StartAsync(new MemberJoined("Frodo")), await StartAsync());
        await Tested.ExecuteAsOwnerAsync($"update ${{schema}}.events set stream_id = '{b}' where stream_id = '{a}' and version = 2; update ${{schema}}.streams set version = 2 where id = '{b}'");
        Assert.Equal((b, ChainFault.HashMismatch), await VerifyAsync(b));
    }

    [Fact]
    public async Task exchanged_events_are_found()
    {
        var id = await StartAsync(new MemberJoined("Frodo"), new MemberJoined("Sam"));
        await Tested.ExecuteAsOwnerAsync($"update ${{schema}}.events set version = 9 where version = 2; update ${{schema}}.events set version = 2 where version = 3; update ${{schema}}.events set version = 3 where version = 9");
        Assert.Equal((id, ChainFault.HashMismatch), await VerifyAsync(id));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task a_deleted_event_is_found(int version)
    {
        var id = await StartAsync(new MemberJoined("Frodo"), new MemberJoined("Sam"));
        await Tested.ExecuteAsOwnerAsync($"delete from ${{schema}}.events where version = {version}");
        var broken = (await Store.VerifyAsync()).FirstBroken!;
        Assert.Equal((id, version, ChainFault.MissingVersion), (broken.StreamId, broken.Version, broken.Fault));
    }

    [Fact]
    public async Task a_stream_whose_events_are_all_gone_is_found()
    {
        await StartAsync();
        var id = await StartAsync();
        await Tested.ExecuteAsOwnerAsync($"delete from ${{schema}}.events where stream_id = '{id}'");
        Assert.Equal((id, ChainFault.MissingVersion), await VerifyAsync(id));
    }

    [Fact]
    public async Task a_moved_head_is_found()
    {
        var id = await StartAsync(new MemberJoined("Frodo"));
        await Tested.ExecuteAsOwnerAsync("update ${schema}.streams set version = 1");
        Assert.Equal((id, ChainFault.HeadMismatch), await VerifyAsync(id));
        await Tested.ExecuteAsOwnerAsync("update ${schema}.streams set version = 2, head_hash = sha256('x')");
        Assert.Equal((id, ChainFault.HeadMismatch), await VerifyAsync(id));
    }

    [Fact]
    public async Task events_without_a_head_are_found_wherever_they_lie()
    {
        List<Guid> ids = [];
        for (var i = 0; i < 5; i++)
            ids.Add(await StartAsync());
        foreach (var id in ids.OrderByDescending(i => i.ToString()).Take(4))
        {
            await Tested.ExecuteAsOwnerAsync($"delete from ${{schema}}.streams where id = '{id}'");
            Assert.Equal((id, ChainFault.MissingHead), await VerifyAsync(id));
        }
    }

    [Fact]
    public async Task a_change_at_the_end_is_found_also_if_its_own_hash_was_recomputed()
    {
        var id = await StartAsync(new MemberJoined("Frodo"));
        // a forger who takes another event's hash for the head as well
        await Tested.ExecuteAsOwnerAsync("update ${schema}.events set data = '{}', hash = sha256('forged') where version = 2; update ${schema}.streams set head_hash = sha256('forged')");
        Assert.Equal((id, ChainFault.HashMismatch), await VerifyAsync(id));
    }

    [Fact]
    public async Task appends_go_on_during_a_verification()
    {
        var id = await StartAsync();
        using var stop = new CancellationTokenSource();
        var appending = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
                await AppendAsync(id, new MemberJoined("Frodo"));
        });
        for (var i = 0; i < 10; i++)
            Assert.True((await Store.VerifyAsync()).IsIntact);
        await stop.CancelAsync();
        await appending;
    }

    /// <summary>What is found in a stream, which is what is found in the whole store unless another stream comes first.</summary>
    async Task<(Guid, ChainFault)> VerifyAsync(Guid streamId)
    {
        var one = (await Store.VerifyStreamAsync(streamId)).FirstBroken!;
        var whole = (await Store.VerifyAsync()).FirstBroken!;
        if (whole.StreamId == streamId)
            Assert.Equal(one, whole);
        return (one.StreamId, one.Fault);
    }
}

/// <summary>Reports in the caller's thread, unlike Progress.</summary>
public sealed class Inline<T>(Action<T> report) : IProgress<T>
{
    public void Report(T value) => report(value);
}
