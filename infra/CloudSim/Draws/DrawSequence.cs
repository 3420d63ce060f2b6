namespace OptiInfra.CloudSim.Draws;

/// <summary>Many draws for one occasion (for example all the requests of one tick), in a fixed order. SplitMix64.</summary>
public struct DrawSequence
{
    private ulong _state;
    private double _spareNormal;
    private bool _hasSpare;

    public DrawSequence(long seed, string what, string which, long when) => _state = Draw.Bits(seed, what, which, when);

    /// <summary>A number in [0, 1).</summary>
    public double Uniform()
    {
        _state += 0x9E3779B97F4A7C15;
        return Draw.ToUnit(Draw.Mix(_state));
    }

    /// <summary>A standard normal number (Box and Muller).</summary>
    public double Normal()
    {
        if (_hasSpare)
        {
            _hasSpare = false;
            return _spareNormal;
        }

        var radius = Math.Sqrt(-2 * Math.Log(1 - Uniform()));
        var (sin, cos) = Math.SinCos(2 * Math.PI * Uniform());
        _spareNormal = radius * sin;
        _hasSpare = true;
        return radius * cos;
    }

    /// <summary>A Poisson number; above a mean of 64 the normal approximation, which is within a percent there.</summary>
    public int Poisson(double mean)
    {
        if (mean <= 0)
        {
            return 0;
        }

        if (mean > 64)
        {
            return Math.Max(0, (int)Math.Round(mean + (Math.Sqrt(mean) * Normal())));
        }

        var limit = Math.Exp(-mean);
        var product = Uniform();
        var count = 0;
        while (product > limit)
        {
            product *= Uniform();
            count++;
        }

        return count;
    }
}
