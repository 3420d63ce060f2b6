namespace OptiInfra.Agents.Cost;

/// <summary>The AWS Spot Advisor's classes of monthly interruption frequency.</summary>
public static class InterruptionBand
{
    /// <summary>The middle of the band as a probability per month; the open last band counts as 25 %. An unknown band counts as the last.</summary>
    public static decimal MonthlyProbability(int? band) => band switch
    {
        0 => 0.025m,
        1 => 0.075m,
        2 => 0.125m,
        3 => 0.175m,
        _ => 0.25m,
    };
}
