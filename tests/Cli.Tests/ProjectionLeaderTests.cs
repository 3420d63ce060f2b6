using System.Globalization;
using OptiInfra.Cli.Tests.Processes;
using OptiInfra.Projections.Tests;
using OptiInfra.Testing;

namespace OptiInfra.Cli.Tests;

/// <summary>Two processes that build the read models, of which one leads: it is killed, or stands still and comes back.</summary>
public sealed class ProjectionLeaderTests : IAsyncLifetime
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    Platform platform = null!;

    public async ValueTask InitializeAsync() => platform = await Platform.CreateAsync();

    public ValueTask DisposeAsync() => platform.DisposeAsync();

    async Task<CliProcess> StartAsync()
    {
        var process = CliProcess.Start(platform.Environment, "run", "--roles", "projections");
        await process.UntilErrorSaysAsync("OptiInfra runs as projections");
        return process;
    }

    /// <summary>A migration more, in every read model with each of its events once.</summary>
    async Task MigrateAsync(int customer)
    {
        await platform.ExecuteAsync(new MigrationStory(Guid.CreateVersion7(), string.Create(CultureInfo.InvariantCulture, $"customer {customer}")).Voted());
        await Eventually.TrueAsync(async () => await platform.ScalarAsync(Complete) == "t" || await platform.ScalarAsync(Complete) == "True", Patience, "read models of all migrations");
        Assert.Equal(customer.ToString(CultureInfo.InvariantCulture), await platform.ScalarAsync("select count(*) from doc_migration_timeline"));
        Assert.Equal("0", await platform.ScalarAsync("select count(*) from doc_migration_timeline d join streams s on s.id::text = d.id where jsonb_array_length(d.data->'lines') <> s.version"));
    }

    /// <summary>All positions are at the end of the log.</summary>
    const string Complete = "select bool_and(p.last_seq_id is not null and p.last_seq_id = (select max(seq_id) from events)) from projections r left join event_progression p on p.name = 'projection:' || r.name || ':v' || r.version where r.lifecycle = 'async'";

    [Fact]
    public async Task of_a_leader_that_stands_still_another_takes_over_and_what_comes_back_writes_nothing_twice()
    {
        await using var first = await StartAsync();
        await MigrateAsync(1);
        await using var second = await StartAsync();
        first.Signal("STOP");
        await MigrateAsync(2);
        first.Signal("CONT");
        await MigrateAsync(3);
        second.Signal("KILL");
        await MigrateAsync(4);
    }
}
