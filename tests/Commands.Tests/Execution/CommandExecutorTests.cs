using OptiInfra.Contracts.SpotMigrations;
using OptiInfra.EventStore;

namespace OptiInfra.Commands.Tests.Execution;

public sealed class CommandExecutorTests
{
    static readonly RequestMigration Request = new(A.Id, "acme", "pat", new FleetSelector(), new MigrationPolicy());

    [Fact]
    public async Task a_command_appends_what_was_decided_with_who_and_why()
    {
        await using var commands = await CommandStore.CreateAsync();
        var cause = Guid.NewGuid();

        await commands.Executor.ExecuteAsync(Request, new CommandContext(Guid.NewGuid(), "pat", "acme", cause));

        var requested = Assert.Single(await commands.Events(A.Id));
        Assert.Equal(("migration_requested", "pat", A.Id, cause, "acme"), (requested.EventTypeName, requested.Actor, requested.CorrelationId, requested.CausationId, requested.TenantId));
    }

    [Fact]
    public async Task a_persons_command_is_its_own_cause()
    {
        await using var commands = await CommandStore.CreateAsync();
        var id = Guid.NewGuid();
        await commands.Execute(Request, id);
        Assert.Equal(id, Assert.Single(await commands.Events(A.Id)).CausationId);
    }

    // the log keeps microseconds: a decision on tenths of them could not be made again
    [Fact]
    public async Task decisions_are_made_on_what_the_log_can_keep()
    {
        await using var commands = await CommandStore.CreateAsync();
        var id = Guid.NewGuid();
        await commands.Execute(Request, id);
        var at = ((MigrationRequested)Assert.Single(await commands.Events(A.Id)).Data).At;
        Assert.Equal(Spec.Noon.AddTicks(12_345_670), at);
        Assert.Equal(at, (await commands.Recorded(A.Id, id))!.DecidedAt);
    }

    [Fact]
    public async Task the_same_command_twice_gives_the_same_answer_and_one_effect()
    {
        await using var commands = await CommandStore.CreateAsync();
        var id = Guid.NewGuid();
        var first = Assert.IsType<CommandOutcome.Accepted>(await commands.Execute(Request, id));
        commands.Clock.Advance(TimeSpan.FromHours(1));
        await commands.Execute(new StartAnalysis(A.Id));

        var second = Assert.IsType<CommandOutcome.Accepted>(await commands.Execute(Request, id));

        Assert.Equal(first.Events.Select(Log.Text), second.Events.Select(Log.Text));
        Assert.Equal(2, (await commands.Events(A.Id)).Count);
    }

    [Fact]
    public async Task a_refused_command_is_kept_and_stays_refused()
    {
        await using var commands = await CommandStore.CreateAsync();
        var id = Guid.NewGuid();
        var refused = Assert.IsType<CommandOutcome.Refused>(await commands.Execute(new CancelMigration(A.Id, "pat", "why not"), id));
        Assert.Equal("unknown_migration", refused.Code);
        await commands.Execute(Request);

        Assert.Equal(refused, await commands.Execute(new CancelMigration(A.Id, "pat", "why not"), id));

        var recorded = (await commands.Recorded(A.Id, id))!;
        Assert.Equal(("unknown_migration", refused.Reason, 0, 0L), (recorded.RefusedCode, recorded.RefusedReason, recorded.EventCount, recorded.VersionBefore));
    }

    [Fact]
    public async Task a_command_that_found_nothing_to_do_still_finds_nothing_when_there_is_something()
    {
        await using var commands = await CommandStore.CreateAsync();
        await commands.Execute(Request);
        var id = Guid.NewGuid();
        Assert.Empty(Assert.IsType<CommandOutcome.Accepted>(await commands.Execute(new RequestVotes(A.Id), id)).Events);
        await commands.Execute(A.Analysis(2));

        Assert.Empty(Assert.IsType<CommandOutcome.Accepted>(await commands.Execute(new RequestVotes(A.Id), id)).Events);
    }

    [Fact]
    public async Task the_same_command_at_the_same_time_has_one_effect()
    {
        await using var commands = await CommandStore.CreateAsync();
        await commands.Execute(Request);
        for (var round = 0; round < 10; round++)
        {
            var id = Guid.NewGuid();
            var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => commands.Execute(new ReportAttentionNeeded(A.Id, "analysis", "no answer"), id))));
            var texts = outcomes.Select(o => string.Join('\n', Assert.IsType<CommandOutcome.Accepted>(o).Events.Select(Log.Text))).Distinct();
            Assert.NotEmpty(Assert.Single(texts));
            Assert.Equal(round + 2, (await commands.Events(A.Id)).Count);
        }
    }

    // both look for the id and find nothing; what the slower one decided must not take the place of what was accepted
    [Fact]
    public async Task the_first_answer_stands_when_the_same_command_is_decided_differently_meanwhile()
    {
        await using var commands = await CommandStore.CreateAsync();
        await commands.Execute(Request);
        var context = new CommandContext(Guid.NewGuid(), "saga", "acme");
        await using var slow = commands.Store.LightweightSession(new SessionOptions { TenantId = "acme" });
        Assert.Empty(Assert.IsType<CommandOutcome.Accepted>(await commands.Executor.ExecuteAsync(slow, new RequestVotes(A.Id), context)).Events);
        await commands.Execute(A.Analysis(2));
        var first = Assert.IsType<CommandOutcome.Accepted>(await commands.Execute(new RequestVotes(A.Id), context.CommandId));

        await Assert.ThrowsAsync<ConcurrencyException>(() => slow.SaveChangesAsync());

        Assert.Equal(1, (await commands.Recorded(A.Id, context.CommandId))!.EventCount);
        Assert.Equal(first.Events.Select(Log.Text), Assert.IsType<CommandOutcome.Accepted>(await commands.Execute(new RequestVotes(A.Id), context.CommandId)).Events.Select(Log.Text));
    }

    [Fact]
    public async Task many_commands_at_once_on_one_stream_all_take_effect()
    {
        await using var commands = await CommandStore.CreateAsync();
        await commands.Execute(Request);

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 48).Select(n => Task.Run(() => commands.Execute(new ReportAttentionNeeded(A.Id, "step", $"reason {n}")))));

        Assert.All(outcomes, o => Assert.Single(Assert.IsType<CommandOutcome.Accepted>(o).Events));
        Assert.Equal(Enumerable.Range(1, 49), (await commands.Events(A.Id)).Select(e => (int)e.Version));
    }

    [Fact]
    public async Task of_two_that_exclude_each_other_one_is_refused()
    {
        await using var commands = await CommandStore.CreateAsync();
        for (var round = 0; round < 10; round++)
        {
            var id = Guid.NewGuid();
            await commands.Execute(Request with { MigrationId = id });
            await commands.Execute(new StartAnalysis(id));
            var outcomes = await Task.WhenAll(
                Task.Run(() => commands.Execute(new CancelMigration(id, "pat", "changed my mind"))),
                Task.Run(() => commands.Execute(new CancelMigration(id, "chris", "me too"))));
            Assert.Single(outcomes.OfType<CommandOutcome.Accepted>());
            Assert.Equal("wrong_status", Assert.Single(outcomes.OfType<CommandOutcome.Refused>()).Code);
            Assert.Equal(["migration_requested", "analysis_started", "cancellation_requested", "migration_cancelled"], (await commands.Events(id)).Select(e => e.EventTypeName));
        }
    }

    [Fact]
    public async Task two_commands_in_one_session_see_each_other_and_are_saved_together()
    {
        await using var commands = await CommandStore.CreateAsync();
        var (first, second) = (new CommandContext(Guid.NewGuid(), "saga", "acme"), new CommandContext(Guid.NewGuid(), "saga", "acme"));
        await using (var session = commands.Store.LightweightSession(new SessionOptions { TenantId = "acme" }))
        {
            await commands.Executor.ExecuteAsync(session, Request, first);
            Assert.Single(Assert.IsType<CommandOutcome.Accepted>(await commands.Executor.ExecuteAsync(session, new StartAnalysis(A.Id), second)).Events);
            Assert.Empty(await commands.Events(A.Id));
            await session.SaveChangesAsync();
        }

        Assert.Equal([first.CommandId, second.CommandId], (await commands.Events(A.Id)).Select(e => e.CausationId!.Value));
        Assert.Equal([0L, 1L], (await commands.Recorded(A.Id)).Select(c => c.VersionBefore));
        Assert.Single(Assert.IsType<CommandOutcome.Accepted>(await commands.Execute(new StartAnalysis(A.Id), second.CommandId)).Events);
    }

    [Fact]
    public async Task another_customers_migration_is_unknown()
    {
        await using var commands = await CommandStore.CreateAsync();
        await commands.Execute(Request);
        var refused = Assert.IsType<CommandOutcome.Refused>(await commands.Execute(new CancelMigration(A.Id, "eve", "mine now"), tenant: "evil"));
        Assert.Equal("unknown_migration", refused.Code);
        Assert.Single(await commands.Events(A.Id));
    }
}
