using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;
using static OptiInfra.Commands.Tests.Spec;

namespace OptiInfra.Commands.Tests.SpotMigrations;

public sealed class EndedMigrationTests
{
    public static TheoryData<string> Ended => [.. Stages.Ends];

    [Theory]
    [MemberData(nameof(Ended))]
    public void GivenAnEnd_WhenAnyCommandComes_ThenNothingHappens(string stage)
    {
        foreach (var command in EveryCommand.Examples())
        {
            var decision = Given(Stages.All[stage]()).When(command, Noon.AddDays(30)).Decision;
            Assert.True(decision is Decision.Refused or Decision.Accepted { Events.Count: 0 }, $"{command} led to {decision}");
        }
    }

    [Fact]
    public void EveryCommandIsAmongTheExamples()
    {
        var kinds = typeof(ISpotMigrationCommand).Assembly.GetExportedTypes().Where(t => t.IsClass && t.IsAssignableTo(typeof(ISpotMigrationCommand)));
        Assert.Equal(kinds.OrderBy(t => t.Name), EveryCommand.Examples().Select(c => c.GetType()).Distinct().OrderBy(t => t.Name));
    }

    sealed record Unknown(Guid MigrationId) : ISpotMigrationCommand;

    [Fact]
    public void GivenAMigration_WhenACommandIsNone_ThenItThrows() =>
        Assert.Throws<ArgumentException>(() => SpotMigrationDecider.Decide(Log.Fold(Past.Requested().Events), new Unknown(A.Id), Noon));
}
