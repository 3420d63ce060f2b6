using OptiInfra.Agents.Collectors;

namespace OptiInfra.Agents.Tests.Collectors;

public sealed class UtilisationTests
{
    /// <summary>By hand, for 0.01 … 1.00: mean 0.505, p95 by nearest rank 0.95, standard deviation √(9999/12)/1000·10 = 0.28866.</summary>
    [Fact]
    public void a_history_has_mean_p95_peak_and_variation()
    {
        var history = Utilisation.Of([.. Enumerable.Range(1, 100).Select(n => n / 100.0)], [0.5, 1.2])!;

        Assert.Equal((100, 0.505, 0.95, 1.2), (history.Hours, history.Mean, history.P95, history.Peak));
        Assert.Equal(0.28866 / 0.505, history.CoefficientOfVariation, 4);
    }

    [Fact]
    public void no_values_are_unknown_not_idle() => Assert.Null(Utilisation.Of([], []));

    [Fact]
    public void an_idle_machine_does_not_vary()
    {
        var history = Utilisation.Of([0, 0, 0], [])!;

        Assert.Equal((0.0, 0.0, 0.0), (history.Mean, history.Peak, history.CoefficientOfVariation));
    }
}
