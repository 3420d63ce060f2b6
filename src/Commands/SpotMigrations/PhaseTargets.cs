namespace OptiInfra.Commands.SpotMigrations;

/// <summary>How many instances a phase brings the migration to.</summary>
public static class PhaseTargets
{
    /// <summary>
    /// Cumulative target: the fraction of all instances, rounded up, at least one and at most all of them.
    /// </summary>
    /// <param name="fraction">0..1, exclusive of 0.</param>
    /// <param name="instances">All instances of the plan, at least 1.</param>
    public static int Target(decimal fraction, int instances)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(fraction, 0m);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(fraction, 1m);
        ArgumentOutOfRangeException.ThrowIfLessThan(instances, 1);
        return Math.Clamp((int)Math.Ceiling(fraction * instances), 1, instances);
    }
}
