using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;
using static OptiInfra.Commands.Tests.Spec;

namespace OptiInfra.Commands.Tests.SpotMigrations;

public sealed class ReportAttentionNeededTests
{
    static readonly ReportAttentionNeeded Report = new(A.Id, "rollback", "DeleteTags is not allowed");

    public static TheoryData<string> UnderWay => Stages.Except(Stages.Ends);

    [Theory]
    [MemberData(nameof(UnderWay))]
    public void GivenAMigrationUnderWay_WhenAPersonIsNeeded_ThenThatIsSaid(string stage)
    {
        var past = Stages.All[stage]();
        Given(past).When(Report).Then(new AttentionNeeded(A.Id, "rollback", "DeleteTags is not allowed", past.Now));
    }

    public static TheoryData<string> Ended => [.. Stages.Ends];

    [Theory]
    [MemberData(nameof(Ended))]
    public void GivenAnEnd_WhenAPersonIsNeeded_ThenNothing(string stage) => Given(Stages.All[stage]()).When(Report).ThenNothing();
}
