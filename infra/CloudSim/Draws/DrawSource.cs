using System.Runtime.InteropServices;

namespace OptiInfra.CloudSim.Draws;

/// <summary>The draws of one kind for one thing at many moments: the same numbers as <see cref="Draw"/>, with the names hashed once.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly struct DrawSource(long seed, string what, string which)
{
    private readonly ulong _names = Draw.Names(seed, what, which);

    /// <summary>A number in [0, 1).</summary>
    public double Uniform(long when = 0) => Draw.ToUnit(Draw.At(_names, when));

    /// <summary>A number between -1 and 1 that moves smoothly with time: random values at every multiple of the period, joined by a cosine.</summary>
    public double Smooth(DateTimeOffset at, TimeSpan period)
    {
        var position = at.ToUnixTimeMilliseconds() / period.TotalMilliseconds;
        var cell = Math.Floor(position);
        var blend = (1 - Math.Cos((position - cell) * Math.PI)) / 2;
        return (2 * ((Uniform((long)cell) * (1 - blend)) + (Uniform((long)cell + 1) * blend))) - 1;
    }
}
