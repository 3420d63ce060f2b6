using OptiInfra.Agents.Training;

namespace OptiInfra.Agents.Tests.Training;

public sealed class PauseTests
{
    [Theory]
    // a clock may be behind that of whoever wrote the instant
    [InlineData(-3, 0.25)]
    [InlineData(0, 0.25)]
    [InlineData(4, 1)]
    [InlineData(19, 4.75)]
    [InlineData(21, 5)]
    [InlineData(1e6, 5)]
    public void what_is_soon_over_is_soon_seen_and_what_lasts_is_seldom_asked_about(double waitedSeconds, double pauseSeconds) =>
        Assert.Equal(TimeSpan.FromSeconds(pauseSeconds), JobCommands.PauseAfter(TimeSpan.FromSeconds(waitedSeconds), longest: TimeSpan.FromSeconds(5)));
}
