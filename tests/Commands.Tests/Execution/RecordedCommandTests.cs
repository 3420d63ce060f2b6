using System.Text.Json;
using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Commands.Tests.Execution;

public sealed class RecordedCommandTests
{
    static readonly CommandContext Context = new(Guid.NewGuid(), "pat", "acme", Guid.NewGuid());

    public static TheoryData<int> Every => [.. Enumerable.Range(0, EveryCommand.Examples().Count)];

    [Theory]
    [MemberData(nameof(Every))]
    public void a_command_is_read_as_it_was_given(int example)
    {
        var command = EveryCommand.Examples()[example];
        var recorded = Log.Reread(RecordedCommand.Of(command, Context, 7, Decision.Nothing, Spec.Noon));
        var read = recorded.Read();
        Assert.Equal(command.GetType(), read.GetType());
        Assert.Equal(JsonSerializer.Serialize(command, command.GetType(), ContractsJson.Options), JsonSerializer.Serialize(read, read.GetType(), ContractsJson.Options));
        Assert.Equal((Context.CommandId, A.Id, 7L, "pat", Context.CausationId), (recorded.Id, recorded.StreamId, recorded.VersionBefore, recorded.Actor, recorded.CausationId));
    }

    [Fact]
    public void a_command_of_a_later_program_is_told_by_its_name()
    {
        var recorded = RecordedCommand.Of(new StartAnalysis(A.Id), Context, 1, Decision.Nothing, Spec.Noon) with { CommandType = "SplitMigration" };
        Assert.Contains("'SplitMigration'", Assert.Throws<InvalidOperationException>(recorded.Read).Message, StringComparison.Ordinal);
    }

    // jsonb orders the keys of an object by length and bytes, and knows no -0 and no \u0000
    [Fact]
    public async Task postgres_gives_a_command_back_to_the_byte()
    {
        await using var commands = await CommandStore.CreateAsync();
        var evidence = new Dictionary<string, string> { ["zz"] = "1", ["longer"] = "2", ["a"] = "nul \0 and µ", ["bb"] = "4" };
        var vote = A.Vote("cost", A.Plan(1)) with { Evidence = evidence, Confidence = -0.0 };
        var id = Guid.NewGuid();
        await commands.Execute(vote, id);

        var recorded = (await commands.Recorded(A.Id, id))!;

        Assert.Equal(JsonSerializer.Serialize(vote, ContractsJson.Options), recorded.Command);
        Assert.Equal(evidence.Keys, ((CastVote)recorded.Read()).Evidence.Keys);
    }

    [Fact]
    public async Task a_whole_migration_is_decided_again_from_the_database_to_the_byte()
    {
        await using var commands = await CommandStore.CreateAsync();
        foreach (var step in Journey.Of(instances: 6))
        {
            commands.Clock.Advance(step.After);
            Assert.IsType<CommandOutcome.Accepted>(await commands.Execute(step.Command));
        }

        var bytes = await commands.Bytes(A.Id);
        var events = (await commands.Events(A.Id)).Select(e => e.Data).ToList();
        Assert.IsType<MigrationCompleted>(events[^1]);
        var again = new List<string>();
        foreach (var recorded in await commands.Recorded(A.Id))
        {
            var decision = SpotMigrationDecider.Decide(Log.Fold(events.Take((int)recorded.VersionBefore)), (ISpotMigrationCommand)recorded.Read(), recorded.DecidedAt);
            again.AddRange(Assert.IsType<Decision.Accepted>(decision).Events.Select(Log.Text));
        }

        Assert.Equal(bytes, again);
    }
}
