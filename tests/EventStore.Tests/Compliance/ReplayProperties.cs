using System.Security.Cryptography;
using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace OptiInfra.EventStore.Tests;

/// <summary>Laws of appending, replaying and chaining, on generated histories.</summary>
public abstract class ReplayProperties : StoreCompliance
{
    const int Cases = 40;

    static readonly Gen<object> Events = Gen.OneOf(
        ArbMap.Default.GeneratorFor<NonNull<string>>().Select(s => (object)new MemberJoined(Clean(s.Get))),
        ArbMap.Default.GeneratorFor<NonNull<string>>().Select(s => (object)new MemberLeft(Clean(s.Get))),
        ArbMap.Default.GeneratorFor<int>().Select(g => (object)new MonsterSlain("orc", g)),
        ArbMap.Default.GeneratorFor<NonNull<string>>().Select(s => (object)new WeatherChanged(Clean(s.Get))));

    /// <summary>Batches as they might be saved, none empty.</summary>
    static readonly Arbitrary<object[][]> Histories = Events.ArrayOf().Where(b => b.Length > 0).ArrayOf().ToArbitrary();

    /// <summary>Lone surrogates have no JSON.</summary>
    static string Clean(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));

    static void Check(Property property) => property.Check(Config.QuickThrowOnFailure.WithMaxTest(Cases).WithEndSize(12));

    [Fact]
    public void what_was_appended_is_what_is_replayed_however_it_was_cut_into_saves()
        => Check(Prop.ForAll(Histories, history => Task.Run(async () =>
        {
            var id = Guid.NewGuid();
            object[][] batches = [[new QuestStarted("Ring")], .. history];
            long version = 0;
            foreach (var batch in batches)
            {
                await using var session = Store.LightweightSession();
                session.Events.AppendAt(id, version, batch);
                await session.SaveChangesAsync();
                version += batch.Length;
            }
            var expected = batches.SelectMany(b => b).ToList();
            Assert.Equal(expected, (await FetchAsync(id)).Select(e => e.Data));
            Assert.Equal(Fold(id, expected), Text(await AggregateAsync(id)));
            Assert.True((await Store.VerifyStreamAsync(id)).IsIntact);
        })));

    [Fact]
    public void the_aggregate_at_every_version_is_the_fold_of_the_events_up_to_it()
        => Check(Prop.ForAll(Histories, history => Task.Run(async () =>
        {
            List<object> events = [new QuestStarted("Ring"), .. history.SelectMany(b => b)];
            var id = Guid.NewGuid();
            await AppendAsync(id, [.. events]);
            await using var session = Store.QuerySession();
            for (var version = 1; version <= events.Count; version += 1 + events.Count / 5)
                Assert.Equal(Fold(id, events.Take(version)), Text(await session.Events.AggregateStreamAsync<Quest>(id, version)));
        })));

    [Fact]
    public void each_hash_is_the_sha256_of_predecessor_version_and_content()
        => Check(Prop.ForAll(Histories, history => Task.Run(async () =>
        {
            var id = Guid.NewGuid();
            await AppendAsync(id, [new QuestStarted("Ring"), .. history.SelectMany(b => b)]);
            var predecessor = new byte[32];
            foreach (var @event in await FetchAsync(id))
            {
                // written out once more by hand, so that the format is pinned down
                var version = new byte[8];
                System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(version, @event.Version);
                var data = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(@event.Data, @event.EventType, Store.Options.Serializer);
                predecessor = SHA256.HashData([.. predecessor, .. version, .. SHA256.HashData(Content(@event, data))]);
                Assert.Equal(predecessor, @event.Hash.ToArray());
            }
        })));

    [Fact]
    public void a_changed_byte_is_found_where_it_is()
        => Check(Prop.ForAll(Histories, ArbMap.Default.ArbFor<PositiveInt>(), (history, seed) => Task.Run(async () =>
        {
            List<object> events = [new QuestStarted("Ring"), .. history.SelectMany(b => b)];
            var id = Guid.NewGuid();
            await AppendAsync(id, [.. events]);
            var version = 1 + seed.Get % events.Count;
            await Tested.ExecuteAsOwnerAsync($"update ${{schema}}.events set data = regexp_replace(data::text, '(:|,)', '\\1 ')::json where stream_id = '{id}' and version = {version}");
            var broken = (await Store.VerifyStreamAsync(id)).FirstBroken;
            Assert.Equal((id, version, ChainFault.HashMismatch), (broken!.StreamId, broken.Version, broken.Fault));
        })));

    static byte[] Content(IEvent e, byte[] data) =>
    [
        1, .. e.Id.ToByteArray(bigEndian: true), .. e.StreamId.ToByteArray(bigEndian: true), .. Text4(e.TenantId), .. Text4(e.EventTypeName),
        .. Int(e.SchemaVersion), .. Long((e.Timestamp - DateTimeOffset.UnixEpoch).Ticks / 10), .. Text4(e.Actor), .. Optional(e.CorrelationId),
        .. Optional(e.CausationId), .. Text4(e.TraceParent), .. Int(data.Length), .. data,
    ];

    static byte[] Text4(string? text) => text is null ? Int(-1) : [.. Int(Encoding.UTF8.GetByteCount(text)), .. Encoding.UTF8.GetBytes(text)];
    static byte[] Optional(Guid? id) => id is { } given ? [1, .. given.ToByteArray(bigEndian: true)] : [0];
    static byte[] Int(int value) => [(byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value];
    static byte[] Long(long value) => [.. Int((int)(value >> 32)), .. Int((int)value)];

    static string Fold(Guid id, IEnumerable<object> events)
    {
        Quest? quest = null;
        foreach (var @event in events)
            quest = @event switch
            {
                QuestStarted started => new Quest(id, started.Name, [], 0, null, 1),
                MemberJoined joined => quest!.Apply(joined),
                MemberLeft left => quest!.Apply(left),
                MonsterSlain slain => Quest.Apply(slain, quest!),
                _ => quest,
            };
        return Text(quest);
    }

    /// <summary>Records compare their lists by reference.</summary>
    static string Text(Quest? quest) => System.Text.Json.JsonSerializer.Serialize(quest);
}
