using Npgsql;
using OptiInfra.Testing;

namespace OptiInfra.EventStore.Tests;

/// <summary>The schema on PostgreSQL: applied once, refused when newer, and what each role may do.</summary>
public sealed class SchemaTests : IAsyncLifetime
{
    PostgresStore tested = null!;

    public async ValueTask InitializeAsync() => tested = await PostgresStore.CreateAsync(o => o.Schema.For<Treasure>().Index("(data->>'keeper')"));

    public ValueTask DisposeAsync() => tested.DisposeAsync();

    async Task AppendAsync()
    {
        await using var session = tested.Store.LightweightSession();
        session.Events.Append(Guid.NewGuid(), new QuestStarted("Ring"));
        session.Store(new Treasure("x", 1));
        session.QueueOperation(tested.Store.Progression.Advance("relay", 0, 1));
        await session.SaveChangesAsync();
    }

    [Fact]
    public async Task applying_again_changes_nothing()
    {
        await AppendAsync();
        await tested.Store.ApplyAllConfiguredChangesToDatabaseAsync();
        Assert.Equal(1L, await tested.ExecuteAsApplicationAsync("select count(*) from ${schema}.events"));
        Assert.Equal(1L, await tested.ExecuteAsApplicationAsync("select count(*) from ${schema}.schema_version where version = 1"));
    }

    [Fact]
    public async Task a_new_document_type_is_added_to_an_existing_schema()
    {
        var later = tested.Another(o => o.Schema.For<Song>().Identity(s => s.Title));
        await later.ApplyAllConfiguredChangesToDatabaseAsync();
        await using var session = later.LightweightSession();
        session.Store(new Song("Lament", "…"));
        await session.SaveChangesAsync();
        Assert.NotNull(await session.LoadAsync<Song>("Lament"));
    }

    [Fact]
    public async Task several_processes_may_apply_it_at_once()
    {
        await using var schema = await PostgresSchema.CreateAsync("store");
        var stores = Enumerable.Range(0, 6).Select(_ => DocumentStore.For(o =>
        {
            o.ConnectionString = schema.AppConnectionString;
            o.OwnerConnectionString = schema.OwnerConnectionString;
            o.DatabaseSchemaName = schema.Schema;
        })).ToList();
        await Task.WhenAll(stores.Select(s => s.ApplyAllConfiguredChangesToDatabaseAsync()));
        Assert.Equal(0, await stores[0].Log.HighWaterMarkAsync());
        foreach (var store in stores)
            await store.DisposeAsync();
    }

    [Fact]
    public async Task a_database_newer_than_the_program_is_refused()
    {
        await tested.ExecuteAsOwnerAsync("insert into ${schema}.schema_version values ('event_store', 9999, '9999_future.sql', now())");
        var refusal = await Assert.ThrowsAsync<SchemaVersionException>(() => tested.Store.ApplyAllConfiguredChangesToDatabaseAsync());
        Assert.Contains("9999", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task the_scripts_of_others_are_applied_once_each_and_granted()
    {
        var with = tested.Another(o => o.AdditionalScripts.Add(new SchemaScripts("guest", typeof(SchemaTests).Assembly, "OptiInfra.EventStore.Tests.Scripts.")));
        await with.ApplyAllConfiguredChangesToDatabaseAsync();
        await with.ApplyAllConfiguredChangesToDatabaseAsync();
        Assert.Equal("first,second", await tested.ExecuteAsApplicationAsync("insert into ${schema}.guest values ('third'); delete from ${schema}.guest where note = 'third'; select string_agg(note, ',' order by note) from ${schema}.guest"));
        Assert.Equal(2L, await tested.ExecuteAsApplicationAsync("select count(*) from ${schema}.schema_version where component = 'guest'"));
    }

    [Fact]
    public void scripts_that_are_not_there_are_missed()
        => Assert.Throws<InvalidOperationException>(() => SchemaScriptFile.Of(new SchemaScripts("guest", typeof(SchemaTests).Assembly, "Nowhere.")));

    [Fact]
    public async Task the_schema_can_be_applied_where_the_application_role_does_not_exist()
    {
        await using var schema = await PostgresSchema.CreateAsync("store");
        await using var store = DocumentStore.For(o =>
        {
            o.ConnectionString = schema.OwnerConnectionString;
            o.DatabaseSchemaName = schema.Schema;
            o.ApplicationRole = "nobody_of_this_name";
            o.Events.MapEventType<QuestStarted>("quest_started");
        });
        await store.ApplyAllConfiguredChangesToDatabaseAsync();
        await using var session = store.LightweightSession();
        session.Events.Append(Guid.NewGuid(), new QuestStarted("Ring"));
        await session.SaveChangesAsync();
        Assert.Single((await store.Log.ReadAsync(0, 10)).Events);
    }

    [Theory]
    [InlineData("update ${schema}.events set actor = 'me'")]
    [InlineData("delete from ${schema}.events")]
    [InlineData("truncate ${schema}.events")]
    [InlineData("delete from ${schema}.streams")]
    [InlineData("truncate ${schema}.streams")]
    [InlineData("drop table ${schema}.events")]
    [InlineData("alter table ${schema}.events add column x int")]
    [InlineData("create trigger t before insert on ${schema}.events for each row execute function suppress_redundant_updates_trigger()")]
    [InlineData("select setval('${schema}.events_sequence', 1)")]
    [InlineData("update ${schema}.schema_version set version = 0")]
    [InlineData("create table ${schema}.mine (x int)")]
    public async Task the_application_role_may_not(string sql)
    {
        await AppendAsync();
        var refusal = await Assert.ThrowsAsync<PostgresException>(() => tested.ExecuteAsApplicationAsync(sql));
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refusal.SqlState);
    }

    [Fact]
    public async Task the_owner_may_so_that_the_refusals_are_the_roles()
        => await tested.ExecuteAsOwnerAsync("update ${schema}.events set actor = 'me'; delete from ${schema}.events; truncate ${schema}.events");

    [Theory]
    [InlineData("")]
    [InlineData("Upper")]
    [InlineData("with space")]
    [InlineData("quo\"te")]
    [InlineData("a_name_that_is_longer_than_the_forty_eight_that_may_be")]
    public void a_schema_name_that_cannot_be_is_refused(string name)
        => Assert.Throws<InvalidOperationException>(() => DocumentStore.For(o => (o.ConnectionString, o.DatabaseSchemaName) = ("Host=nowhere", name)));

    [Fact]
    public void a_store_without_a_connection_string_is_refused()
        => Assert.Throws<InvalidOperationException>(() => DocumentStore.For(_ => { }));
}
