namespace OptiInfra.CloudSim.Draws;

/// <summary>
/// A random number that is a function of what it is for: the seed, the kind of draw, the thing drawn for and the moment.
/// Nothing depends on how many draws were made before, so two runs with one seed agree whatever order their calls come in.
/// </summary>
public static class Draw
{
    private const ulong FnvOffset = 14695981039346656037;
    private const ulong FnvPrime = 1099511628211;

    /// <summary>64 well mixed bits for the draw named by the arguments.</summary>
    public static ulong Bits(long seed, string what, string which, long when = 0) => At(Names(seed, what, which), when);

    /// <summary>A number in [0, 1).</summary>
    public static double Uniform(long seed, string what, string which, long when = 0) => ToUnit(Bits(seed, what, which, when));

    /// <summary>A lower-case hexadecimal name of the given length (1..32).</summary>
    public static string Hex(long seed, string what, string which, long when, int length)
    {
        var high = Bits(seed, what, which, when);
        var low = Mix(high ^ FnvOffset);
        return (high.ToString("x16") + low.ToString("x16"))[..length];
    }

    /// <inheritdoc cref="DrawSource.Smooth"/>
    public static double Smooth(long seed, string what, string which, DateTimeOffset at, TimeSpan period) =>
        new DrawSource(seed, what, which).Smooth(at, period);

    internal static ulong Names(long seed, string what, string which)
    {
        var hash = Mix((ulong)seed + 0x9E3779B97F4A7C15);
        hash = Mix(hash ^ Text(what));
        return Mix(hash ^ Text(which));
    }

    internal static ulong At(ulong names, long when) => Mix(names ^ ((ulong)when + 0xD1B54A32D192ED03));

    internal static double ToUnit(ulong bits) => (bits >> 11) * (1.0 / (1UL << 53));

    internal static ulong Mix(ulong value)
    {
        // the finaliser of SplitMix64 (Steele, Lea, Flood 2014)
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    private static ulong Text(string text)
    {
        var hash = FnvOffset;
        foreach (var character in text)
        {
            hash = (hash ^ character) * FnvPrime;
        }

        return hash;
    }
}
