namespace OptiInfra.EventStore.Tests;

/// <summary>What the hash chain alone cannot show: forgeries in which every hash fits.</summary>
public abstract class CheckpointCompliance : StoreCompliance
{
    readonly CheckpointKey key = CheckpointKey.Create();

    Forger Forger => new(Tested);

    Task<Checkpoint?> TakeAsync(CheckpointKey? with = null) => Store.TakeCheckpointAsync(with ?? key, "auditor");

    Task<VerificationReport> VerifyAsync(Checkpoint? known = null, params CheckpointKey[] keys) =>
        Store.VerifyAsync(new CheckpointTrust(keys is [] ? [key] : keys, known));

    async Task FindsAsync(Guid streamId, long version, ChainFault fault, string words = "")
    {
        var report = await VerifyAsync();
        Assert.Equal((streamId, version, fault), (report.FirstBroken!.StreamId, report.FirstBroken.Version, report.FirstBroken.Fault));
        Assert.Contains(words, report.FirstBroken.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_store_with_checkpoints_is_intact_and_says_what_they_cover()
    {
        var id = await StartAsync(new MemberJoined("Frodo"));
        var first = await TakeAsync();
        await AppendAsync(id, new MemberJoined("Sam"));
        await StartAsync();
        var second = await TakeAsync();
        await AppendAsync(id, new MemberJoined("Pippin"));

        var report = await VerifyAsync(first);

        Assert.Null(report.FirstBroken);
        Assert.Equal(new CheckpointsReport(2, second!, true), report.Checkpoints);
        Assert.Equal((1, 1, 2), (first!.Taken.Number, first.Taken.Streams, first.Taken.Events));
        // the second covers both quests and what the first checkpoint wrote
        Assert.Equal((2, 3, 6), (second!.Taken.Number, second.Taken.Streams, second.Taken.Events));
        Assert.Equal(first.EventHash, second.Taken.PreviousHash);
        Assert.Equal(second, await Store.NewestCheckpointAsync());
        Assert.False((await Store.VerifyAsync()).Checkpoints!.SignaturesChecked);
    }

    [Fact]
    public async Task where_nothing_has_happened_none_is_taken()
    {
        Assert.Null(await TakeAsync());
        await StartAsync();
        Assert.NotNull(await TakeAsync());
        Assert.Null(await TakeAsync());
    }

    [Fact]
    public async Task more_streams_than_one_part_holds_are_covered()
    {
        await using (var session = Store.LightweightSession())
        {
            for (var i = 0; i < 2100; i++)
                session.Events.StartStream<Quest>(Guid.NewGuid(), new QuestStarted($"{i}"));
            await session.SaveChangesAsync();
        }
        var checkpoint = (await TakeAsync())!.Taken;
        Assert.Equal((2100, 2100, 1), (checkpoint.Streams, checkpoint.ChangedStreams, checkpoint.HeadsVersion));
        Assert.True((await VerifyAsync()).IsIntact);
        Assert.Equal(4, (await Store.VerifyStreamAsync(Checkpoint.StreamId)).Events);
    }

    [Fact]
    public async Task a_stream_cut_off_with_its_head_corrected_is_named()
    {
        await StartAsync();
        var id = await StartAsync(new MemberJoined("Frodo"), new MemberJoined("Sam"), new MemberJoined("Pippin"));
        await TakeAsync();
        await Forger.CutOffAsync(id, 3);

        await FindsAsync(id, 3, ChainFault.CutOff, "stood at version 4; it ends at version 2");
        Assert.Equal(ChainFault.CutOff, (await Store.VerifyStreamAsync(id)).FirstBroken!.Fault);
    }

    [Fact]
    public async Task a_stream_cut_off_behind_what_an_earlier_checkpoint_recorded_is_named()
    {
        var id = await StartAsync();
        await TakeAsync();
        await AppendAsync(id, new MemberJoined("Frodo"));
        await TakeAsync();
        await Forger.CutOffAsync(id, 2);

        await FindsAsync(id, 2, ChainFault.CutOff, "checkpoint 2");
    }

    [Fact]
    public async Task a_stream_that_is_gone_with_its_head_is_named_wherever_it_lay()
    {
        var ids = new List<Guid>();
        for (var i = 0; i < 4; i++)
            ids.Add(await StartAsync());
        await TakeAsync();
        foreach (var id in ids.OrderByDescending(i => i.ToString("D"), StringComparer.Ordinal))
        {
            await Forger.CutOffAsync(id, 1);
            await FindsAsync(id, 1, ChainFault.MissingStream, "is gone");
        }
    }

    [Fact]
    public async Task a_rewritten_event_is_named_also_if_every_hash_after_it_was_made_anew()
    {
        var id = await StartAsync(new MemberJoined("Frodo"));
        await TakeAsync();
        await AppendAsync(id, new MemberJoined("Sam"), new MemberJoined("Pippin"));
        await TakeAsync();
        await AppendAsync(id, new MemberJoined("Merry"));
        await Tested.ExecuteAsOwnerAsync("update ${schema}.events set data = '{\"member\":\"Sauron\"}' where version = 4 and stream_id = '" + id + "'");
        await Forger.RechainAsync(id);

        await FindsAsync(id, 3, ChainFault.Rewritten, "from version 3 to 4");
    }

    [Fact]
    public async Task events_that_were_put_in_below_a_checkpoint_are_named()
    {
        await StartAsync();
        await Tested.ExecuteAsOwnerAsync("select nextval('${schema}.events_sequence')");
        var later = await StartAsync();
        await TakeAsync();
        var forged = await StartAsync();
        await Tested.ExecuteAsOwnerAsync($"update ${{schema}}.events set seq_id = 2 where stream_id = '{forged}'");

        await FindsAsync(forged, 1, ChainFault.PutIn);
        await Forger.CutOffAsync(forged, 1);
        await AppendAsync(later, new MemberJoined("Sauron"));
        await Tested.ExecuteAsOwnerAsync($"update ${{schema}}.events set seq_id = 2 where stream_id = '{later}' and version = 2");
        await FindsAsync(later, 2, ChainFault.PutIn, "stood at version 1");
    }

    [Fact]
    public async Task an_event_moved_behind_a_checkpoint_is_found()
    {
        var id = await StartAsync(new MemberJoined("Frodo"));
        await TakeAsync();
        await Tested.ExecuteAsOwnerAsync($"update ${{schema}}.events set seq_id = 1000 where stream_id = '{id}' and version = 2");
        await FindsAsync(id, 2, ChainFault.CutOff);
    }

    [Fact]
    public async Task a_removed_checkpoint_is_found()
    {
        await ThreeCheckpointsAsync();
        await Tested.ExecuteAsOwnerAsync("delete from ${schema}.events where stream_id = '" + Checkpoint.StreamId + "' and version in (3, 4)");
        await Forger.RechainAsync(Checkpoint.StreamId, Checkpoint.TenantId);

        await FindsAsync(Checkpoint.StreamId, 4, ChainFault.Checkpoint, "checkpoint 3 follows checkpoint 1");
    }

    [Theory]
    [InlineData("events")]
    [InlineData("streams")]
    [InlineData("sequenceCeiling")]
    [InlineData("changedStreams")]
    public async Task an_altered_checkpoint_is_found(string field)
    {
        await ThreeCheckpointsAsync();
        await Tested.ExecuteAsOwnerAsync($"update ${{schema}}.events set data = jsonb_set(data::jsonb, '{{{field}}}', '77')::json where stream_id = '{Checkpoint.StreamId}' and version = 4");
        await Forger.RechainAsync(Checkpoint.StreamId, Checkpoint.TenantId);

        await FindsAsync(Checkpoint.StreamId, 4, ChainFault.Checkpoint, "signature of checkpoint 2");
    }

    [Fact]
    public async Task altered_lists_of_heads_are_found()
    {
        await ThreeCheckpointsAsync();
        await Tested.ExecuteAsOwnerAsync($"update ${{schema}}.events set data = jsonb_set(data::jsonb, '{{heads}}', '\"{Convert.ToBase64String(new byte[StreamHead.EncodedLength])}\"')::json where stream_id = '{Checkpoint.StreamId}' and version = 3");
        await Forger.RechainAsync(Checkpoint.StreamId, Checkpoint.TenantId);

        await FindsAsync(Checkpoint.StreamId, 4, ChainFault.Checkpoint, "not those that it was signed over");
    }

    [Fact]
    public async Task one_who_signs_with_a_key_of_his_own_is_found()
    {
        await StartAsync();
        using var other = CheckpointKey.Create();
        await TakeAsync(other);
        await FindsAsync(Checkpoint.StreamId, 2, ChainFault.Checkpoint, $"signed with key {other.Id}");
    }

    [Fact]
    public async Task a_new_key_takes_over_from_an_old_one_as_long_as_both_are_trusted()
    {
        var id = await StartAsync();
        using var next = CheckpointKey.Create();
        await TakeAsync();
        await AppendAsync(id, new MemberJoined("Frodo"));
        await TakeAsync(next);

        Assert.True((await VerifyAsync(null, key, next)).IsIntact);
        Assert.Equal(2, (await VerifyAsync(null, next)).FirstBroken!.Version);
        using var publicHalf = CheckpointKey.FromPem(key.ExportPublicPem());
        Assert.True((await VerifyAsync(null, next, publicHalf)).IsIntact);
        Assert.Throws<InvalidOperationException>(() => publicHalf.Sign((Store.NewestCheckpointAsync().Result!).Taken));
    }

    [Fact]
    public async Task the_newest_checkpoints_cut_off_show_against_one_that_was_kept()
    {
        var id = await ThreeCheckpointsAsync();
        var kept = await Store.NewestCheckpointAsync();
        await Forger.CutOffAsync(Checkpoint.StreamId, 5, Checkpoint.TenantId);
        await Forger.CutOffAsync(id, 4);

        Assert.True((await VerifyAsync()).IsIntact);
        var broken = (await VerifyAsync(kept)).FirstBroken!;
        Assert.Equal((Checkpoint.StreamId, 5, ChainFault.Checkpoint), (broken.StreamId, broken.Version, broken.Fault));
        Assert.Contains("checkpoint 3", broken.Detail, StringComparison.Ordinal);
        Assert.Contains("the newest here is 2", broken.Detail, StringComparison.Ordinal);

        // the same number again, over the shorter history
        await AppendAsync(id, new MemberJoined("Sauron"));
        await TakeAsync();
        Assert.Contains("not the one that was kept elsewhere", (await VerifyAsync(kept)).FirstBroken!.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task all_checkpoints_removed_show_against_one_that_was_kept()
    {
        await ThreeCheckpointsAsync();
        var kept = await Store.NewestCheckpointAsync();
        await Forger.CutOffAsync(Checkpoint.StreamId, 1, Checkpoint.TenantId);
        Assert.Null((await VerifyAsync()).Checkpoints);
        Assert.Contains("there is none here", (await VerifyAsync(kept)).FirstBroken!.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task parts_that_a_crash_left_behind_do_not_count()
    {
        var id = await StartAsync();
        async Task LeaveBehindAsync()
        {
            await using var session = Store.LightweightSession(new SessionOptions { TenantId = Checkpoint.TenantId });
            session.Events.Append(Checkpoint.StreamId, new CheckpointHeads(1, 0, Convert.ToBase64String(new byte[StreamHead.EncodedLength * 3])));
            await session.SaveChangesAsync();
        }

        await LeaveBehindAsync();
        Assert.Equal(2, (await TakeAsync())!.Taken.HeadsVersion);
        await AppendAsync(id, new MemberJoined("Frodo"));
        await LeaveBehindAsync();
        Assert.True((await VerifyAsync()).IsIntact);
        await TakeAsync();
        Assert.True((await VerifyAsync()).IsIntact);
    }

    [Fact]
    public async Task what_is_still_being_written_is_left_to_the_next_checkpoint()
    {
        await StartAsync();
        var slow = Guid.NewGuid();
        var pause = new Pause();
        await using var session = Store.LightweightSession();
        session.Events.StartStream<Quest>(slow, new QuestStarted("slow"));
        session.QueueOperation(pause);
        var saving = session.SaveChangesAsync();
        await pause.Reached;
        await StartAsync();

        var first = (await TakeAsync())!.Taken;
        pause.Continue();
        await saving;

        Assert.Equal((1, 1), (first.Streams, first.SequenceCeiling));
        Assert.True((await VerifyAsync()).IsIntact);
        Assert.Equal(4, (await TakeAsync())!.Taken.Streams);
        Assert.True((await VerifyAsync()).IsIntact);
    }

    [Fact]
    public async Task appends_go_on_while_checkpoints_are_taken()
    {
        var ids = new[] { await StartAsync(), await StartAsync(), await StartAsync() };
        using var stop = new CancellationTokenSource();
        var appending = ids.Select(id => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
                await AppendAsync(id, new MemberJoined("Frodo"));
        })).ToArray();
        for (var i = 0; i < 10; i++)
            await TakeAsync();
        await stop.CancelAsync();
        await Task.WhenAll(appending);
        Assert.Null((await VerifyAsync()).FirstBroken);
    }

    /// <summary>A quest of four events, with a checkpoint behind each of the last three.</summary>
    async Task<Guid> ThreeCheckpointsAsync()
    {
        var id = await StartAsync();
        foreach (var member in (string[])["Frodo", "Sam", "Pippin"])
        {
            await AppendAsync(id, new MemberJoined(member));
            await TakeAsync();
        }

        return id;
    }
}
