namespace OptiInfra.Agents.Scouting;

/// <summary>
/// The rate, per hour, at which a spell of spot capacity (or of its absence) ends, by the spell's age. It falls with age:
/// an offer that has held for hours is likelier to hold for another one than a fresh offer is.
/// </summary>
public sealed class OfferHazard
{
    static readonly double[] Bounds = [1 / 6.0, 2 / 6.0, 4 / 6.0, 8 / 6.0, 15 / 6.0, 39 / 6.0, 90 / 6.0, double.PositiveInfinity];

    readonly double[] hourlyRates;

    /// <param name="endingWithinTenMinutes">For each age class the share of spells that are over ten minutes later, above 0 and below 1.</param>
    public OfferHazard(params ReadOnlySpan<double> endingWithinTenMinutes)
    {
        hourlyRates = new double[Bounds.Length];
        for (var i = 0; i < Bounds.Length; i++)
            hourlyRates[i] = -6 * Math.Log(1 - endingWithinTenMinutes[i]);
    }

    /// <summary>Age classes: within one of them the rate is constant.</summary>
    public static int Ages => Bounds.Length;

    public static int AgeOf(double hours) => Array.FindIndex(Bounds, bound => hours < bound);

    /// <summary>Hours at which an age class begins.</summary>
    public static double From(int age) => age == 0 ? 0 : Bounds[age - 1];

    /// <summary>How many hours an age class lasts; infinite for the last.</summary>
    public static double Width(int age) => Bounds[age] - From(age);

    /// <summary>Endings per hour in an age class.</summary>
    public double HourlyRate(int age) => hourlyRates[age];

    /// <summary>The expected number of endings between two ages, in hours, if each ending were followed by the same age again.</summary>
    public double Exposure(double fromHours, double toHours)
    {
        double exposure = 0;
        for (var (age, lower) = (0, 0.0); age < Bounds.Length && lower < toHours; lower = Bounds[age++])
            exposure += hourlyRates[age] * Math.Max(0, Math.Min(toHours, Bounds[age]) - Math.Max(fromHours, lower));
        return exposure;
    }

    /// <summary>E[min(remaining life, <paramref name="horizonHours"/>)] of a spell that has lasted <paramref name="ageHours"/>.</summary>
    public double ExpectedHours(double ageHours, double horizonHours)
    {
        double expected = 0, survival = 1, at = ageHours;
        var end = ageHours + horizonHours;
        for (var age = AgeOf(ageHours); at < end; age++)
        {
            var span = Math.Min(end, Bounds[age]) - at;
            var held = Math.Exp(-hourlyRates[age] * span);
            expected += survival * (1 - held) / hourlyRates[age];
            survival *= held;
            at += span;
        }

        return expected;
    }
}
