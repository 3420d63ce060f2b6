using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace OptiInfra.EventStore.Tests;

/// <summary>Export and import: the same log elsewhere, or nothing.</summary>
public abstract class TransferCompliance : StoreCompliance
{
    static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    async Task<string> ExportAsync(IDocumentStore? store = null, Guid? stream = null)
    {
        using var file = new MemoryStream();
        await (store ?? Store).ExportAsync(file, stream);
        return Utf8.GetString(file.ToArray());
    }

    static async Task<TransferReport> ImportAsync(IDocumentStore store, string text)
    {
        using var file = new MemoryStream(Utf8.GetBytes(text));
        return await store.ImportAsync(file);
    }

    /// <summary>Refused with this line and these words, and an empty store is as empty as before.</summary>
    async Task RefusedAsync(string text, long? line, string words)
    {
        await using var other = await CreateAsync(null);
        var refused = await Assert.ThrowsAsync<ImportException>(() => ImportAsync(other.Store, text));
        Assert.Equal(line, refused.Line);
        Assert.Contains(words, refused.Message, StringComparison.Ordinal);
        Assert.Equal(new VerificationReport(0, 0, null), await other.Store.VerifyAsync());
        Assert.Empty((await other.Store.Log.ReadAsync(0, 10)).Events);
        // nothing is locked, and what is right can still be imported
        Assert.True((await ImportAsync(other.Store, await ExportAsync())).Events > 0);
    }

    [Fact]
    public async Task an_imported_log_is_the_exported_one_to_the_byte_and_goes_on()
    {
        var id = await StartAsync(new MemberJoined("Frodo \"of\" the Shire\n\t µ 🧙"));
        await using (var session = Store.LightweightSession(new SessionOptions { TenantId = "other", Actor = "", CorrelationId = Guid.NewGuid(), CausationId = Guid.NewGuid(), TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" }))
        {
            session.Events.StartStream<Quest>(Guid.NewGuid(), new QuestStarted("elsewhere"));
            await session.SaveChangesAsync();
        }
        // blanks and the order of keys are what jsonb would lose
        await Tested.ExecuteAsOwnerAsync($"update ${{schema}}.events set data = E'{{ \"b\" : 1,\\n \"a\": 1.50, \"member\":\"Sam\" }} ' where stream_id = '{id}' and version = 2");
        await new Forger(Tested).RechainAsync(id);
        using var key = CheckpointKey.Create();
        await Store.TakeCheckpointAsync(key, "auditor");
        await AppendAsync(id, new MemberJoined("Pippin"));

        var exported = await ExportAsync();
        await using var other = await CreateAsync(null);
        var report = await ImportAsync(other.Store, exported);

        Assert.Equal(exported, await ExportAsync(other.Store));
        Assert.Equal((6, 3), (report.Events, report.Streams));
        var verified = await other.Store.VerifyAsync(new CheckpointTrust([key]));
        Assert.Null(verified.FirstBroken);
        Assert.Equal(1, verified.Checkpoints!.Count);
        await using (var session = other.Store.LightweightSession())
        {
            Assert.Equal("quest", (await session.Events.FetchStreamStateAsync(id))!.AggregateType);
            session.Events.AppendAt(id, 3, new MemberJoined("Merry"));
            await session.SaveChangesAsync();
        }
        Assert.True((await other.Store.Log.ReadAsync(report.SequenceCeiling, 10)).Events.Single().Sequence > report.SequenceCeiling);
        Assert.True((await other.Store.VerifyAsync(new CheckpointTrust([key]))).IsIntact);
    }

    [Fact]
    public async Task one_stream_alone_can_be_carried_over()
    {
        await StartAsync();
        var id = await StartAsync(new MemberJoined("Frodo"));
        await using var other = await CreateAsync(null);
        Assert.Equal((2, 1), (await ImportAsync(other.Store, await ExportAsync(stream: id))) is var r ? (r.Events, r.Streams) : default);
        Assert.Equal(await ExportAsync(stream: id), await ExportAsync(other.Store, id));
    }

    [Fact]
    public async Task a_changed_line_is_named_and_nothing_is_imported()
    {
        await StartAsync(new MemberJoined("Frodo"), new MemberJoined("Sam"));
        var lines = (await ExportAsync()).Split('\n');
        lines[2] = lines[2].Replace("Frodo", "Sauron", StringComparison.Ordinal);
        await RefusedAsync(string.Join('\n', lines), 3, "does not have the hash");
    }

    [Theory]
    [InlineData("actor\":null", "actor\":\"eve\"")]
    [InlineData("tenant\":\"default", "tenant\":\"other")]
    [InlineData("type\":\"member_joined", "type\":\"member_left")]
    public async Task a_line_changed_in_what_it_says_of_itself_is_named(string old, string changed)
    {
        await StartAsync(new MemberJoined("Frodo"));
        var lines = (await ExportAsync()).Split('\n');
        Assert.Contains(old, lines[2], StringComparison.Ordinal);
        lines[2] = lines[2].Replace(old, changed, StringComparison.Ordinal);
        await RefusedAsync(string.Join('\n', lines), 3, old.StartsWith("tenant", StringComparison.Ordinal) ? "belongs to" : "does not have the hash");
    }

    [Fact]
    public async Task lines_that_are_missing_exchanged_broken_or_too_many_are_named()
    {
        var id = await StartAsync(new MemberJoined("Frodo"), new MemberJoined("Sam"));
        var lines = (await ExportAsync()).Split('\n')[..^1];
        await RefusedAsync(string.Join('\n', lines[..2].Concat(lines[3..])), 3, $"version 3 of stream {id} follows version 1");
        await RefusedAsync(string.Join('\n', [lines[0], lines[1], lines[3], lines[2], lines[4]]), 3, "follows version 1");
        await RefusedAsync(string.Join('\n', lines[..^1]), 5, "it was cut off");
        await RefusedAsync(string.Join('\n', lines[..^2].Append(lines[^1])), 4, "should hold 3 events");
        await RefusedAsync(string.Join('\n', lines) + "\nmore", 6, "more follows");
        await RefusedAsync(string.Join('\n', [lines[0], lines[1], "{", .. lines[3..]]), 3, "no line of an export");
        await RefusedAsync(string.Join('\n', lines[1..]), 1, "no line of an export");
        await RefusedAsync("", 1, "empty");
        await RefusedAsync(string.Join('\n', lines).Replace("\"formatVersion\":1", "\"formatVersion\":3", StringComparison.Ordinal), 1, "format");
        await RefusedAsync(string.Join('\n', lines).Replace("\"formatVersion\":1", "\"formatVersion\":2", StringComparison.Ordinal), 5, "documents");
        await RefusedAsync(string.Join('\n', lines).Replace("\"sequenceCeiling\":3", "\"sequenceCeiling\":2", StringComparison.Ordinal), 4, "sequence 3 does not lie");
    }

    /// <summary>What somebody said of a quest when it stood at a version.</summary>
    public sealed record Boast(Guid Id, Guid Quest, long Version, string Text);

    static void Carry(StoreOptions options) => options.Schema.For<Boast>().CarryWithEvents("(data->>'quest')::uuid", "(data->>'version')::bigint");

    async Task<StoreUnderTest> WithBoastsAsync(params Boast[] boasts)
    {
        var tested = await CreateAsync(Carry);
        await using var session = tested.Store.LightweightSession();
        foreach (var quest in boasts.Select(b => b.Quest).Distinct())
            session.Events.StartStream<Quest>(quest, new QuestStarted("Ring"), new MemberJoined("Sam"));
        session.Store(boasts);
        await session.SaveChangesAsync();
        return tested;
    }

    [Fact]
    public async Task documents_that_tell_of_what_is_exported_are_taken_along_to_the_byte()
    {
        var (first, second) = (Guid.NewGuid(), Guid.NewGuid());
        var boast = new Boast(Guid.NewGuid(), first, 2, "done \"at last\"\n µ 🧙");
        await using var source = await WithBoastsAsync(boast, boast with { Id = Guid.NewGuid(), Version = 0 }, boast with { Id = Guid.NewGuid(), Quest = second, Version = 1 },
            boast with { Id = Guid.NewGuid(), Version = 3, Text = "of an event that nobody can read yet" });
        var all = await ExportAsync(source.Store);
        var one = await ExportAsync(source.Store, second);

        await using var target = await CreateAsync(Carry);
        Assert.Equal(3, (await ImportAsync(target.Store, all)).Documents);
        Assert.Equal(all, await ExportAsync(target.Store));
        await using (var session = target.Store.QuerySession())
            Assert.Equal(boast, await session.LoadAsync<Boast>(boast.Id));
        await using var alone = await CreateAsync(Carry);
        Assert.Equal(1, (await ImportAsync(alone.Store, one)).Documents);
        Assert.Equal(one, await ExportAsync(alone.Store, second));
    }

    [Fact]
    public async Task a_file_of_events_alone_is_imported_where_documents_are_taken_along_too()
    {
        var id = Guid.NewGuid();
        await using var source = await WithBoastsAsync(new Boast(Guid.NewGuid(), id, 1, "so far"));
        using var file = new MemoryStream();
        Assert.Equal(0, (await source.Store.ExportAsync(file, withDocuments: false)).Documents);
        var text = Utf8.GetString(file.ToArray());
        Assert.Contains("\"formatVersion\":1", text, StringComparison.Ordinal);
        await using var target = await CreateAsync(Carry);
        Assert.Equal((2, 0), await ImportAsync(target.Store, text) is var report ? (report.Events, report.Documents) : default);
    }

    [Fact]
    public async Task a_document_that_is_changed_missing_twice_there_or_of_another_stream_is_refused()
    {
        var boast = new Boast(Guid.NewGuid(), Guid.NewGuid(), 2, "mine");
        await using var source = await WithBoastsAsync(boast, boast with { Id = Guid.NewGuid(), Version = 1 });
        var lines = (await ExportAsync(source.Store)).Split('\n')[..^1];
        async Task RefusedAsync(IEnumerable<string> changed, long? line, string words)
        {
            await using var other = await CreateAsync(Carry);
            var refused = await Assert.ThrowsAsync<ImportException>(() => ImportAsync(other.Store, string.Join('\n', changed)));
            Assert.Equal(line, refused.Line);
            Assert.Contains(words, refused.Message, StringComparison.Ordinal);
            Assert.Empty((await other.Store.Log.ReadAsync(0, 10)).Events);
            await using var session = other.Store.QuerySession();
            Assert.Empty(await session.QueryAsync<Boast>(""));
        }

        await RefusedAsync(lines.Select((l, i) => i == 3 ? l.Replace("mine", "thine", StringComparison.Ordinal) : l), 4, "does not have the hash");
        await RefusedAsync(lines.Where((_, i) => i != 4), 5, "should hold 2 documents");
        await RefusedAsync([.. lines[..4], lines[3], lines[5]], null, "twice");
        await RefusedAsync([.. lines[..2], .. lines[3..]], 4, "which the file does not have");
        await RefusedAsync(lines[..^1], 6, "it was cut off");
    }

    [Fact]
    public async Task a_store_with_events_takes_no_import()
    {
        await StartAsync();
        var before = await ExportAsync();
        Assert.Contains("freshly applied", (await Assert.ThrowsAsync<ImportException>(() => ImportAsync(Store, before))).Message, StringComparison.Ordinal);
        Assert.Equal(before, await ExportAsync());
    }

    [Fact]
    public void export_and_import_give_back_any_history()
        => Prop.ForAll(ArbMap.Default.GeneratorFor<NonNull<string>>().Select(s => Utf8.GetString(Utf8.GetBytes(s.Get)).Replace("\0", "", StringComparison.Ordinal)).ArrayOf().ToArbitrary(), texts => Task.Run(async () =>
        {
            await using var source = await CreateAsync(null);
            foreach (var text in texts)
            {
                await using var session = source.Store.LightweightSession(new SessionOptions { Actor = text });
                session.Events.Append(Guid.NewGuid(), new MemberJoined(text), new WeatherChanged(text));
                await session.SaveChangesAsync();
            }
            var exported = await ExportAsync(source.Store);
            await using var target = await CreateAsync(null);
            await ImportAsync(target.Store, exported);
            Assert.Equal(exported, await ExportAsync(target.Store));
            Assert.Equal(new VerificationReport(texts.Length, texts.Length * 2, null), await target.Store.VerifyAsync());
        })).Check(Config.QuickThrowOnFailure.WithMaxTest(8).WithEndSize(20));
}
