using OptiInfra.Contracts.LiveMigrations;

namespace OptiInfra.Agents.Scouting;

/// <summary>
/// The rate, per hour, at which a spell of spot capacity (or of its absence) ends, by the spell's age. It falls with age:
/// an offer that has held for hours is likelier to hold for another one than a fresh offer is.
/// </summary>
/// <remarks>
/// The rates are our own pooled count over fifteen public availability traces of one instance each (skypilot-org/spot-traces,
/// 2022-10-26 and 2023-02-15), read every ten minutes, each ending counted against the readings at that age.
/// </remarks>
public sealed class OfferHazard
{
    static readonly double[] Bounds = [1 / 6.0, 3 / 6.0, 7 / 6.0, 15 / 6.0, 39 / 6.0, double.PositiveInfinity];

    readonly double[] hourlyRates;

    OfferHazard(params ReadOnlySpan<double> endingWithinTenMinutes)
    {
        hourlyRates = new double[Bounds.Length];
        for (var i = 0; i < Bounds.Length; i++)
            hourlyRates[i] = -6 * Math.Log(1 - endingWithinTenMinutes[i]);
    }

    /// <summary>How spells of available capacity end.</summary>
    public static OfferHazard Available { get; } = new(0.28, 0.18, 0.10, 0.06, 0.035, 0.016);

    /// <summary>How spells without capacity end.</summary>
    public static OfferHazard Unavailable { get; } = new(0.33, 0.19, 0.11, 0.055, 0.047, 0.03);

    /// <summary>Age classes: within one of them the rate is constant.</summary>
    public static int Ages => Bounds.Length;

    public static int AgeOf(double hours) => Array.FindIndex(Bounds, bound => hours < bound);

    /// <summary>How many hours an age class lasts; infinite for the last.</summary>
    public static double Width(int age) => age == 0 ? Bounds[0] : Bounds[age] - Bounds[age - 1];

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

    /// <summary>
    /// E[min(remaining life, <paramref name="horizonHours"/>)] of a spell that has lasted <paramref name="ageHours"/>, where all
    /// rates are <paramref name="multiplier"/> times those of the table.
    /// </summary>
    public double ExpectedHours(double ageHours, double horizonHours, double multiplier)
    {
        double expected = 0, survival = 1, at = ageHours;
        var end = ageHours + horizonHours;
        for (var age = AgeOf(ageHours); at < end; age++)
        {
            var span = Math.Min(end, Bounds[age]) - at;
            var rate = hourlyRates[age] * multiplier;
            var held = Math.Exp(-rate * span);
            expected += survival * (1 - held) / rate;
            survival *= held;
            at += span;
        }

        return expected;
    }
}

/// <summary>
/// How a multiplier is learned: a Gamma prior around 1, updated with each spell seen (endings against the table's expectation),
/// which is conjugate as long as the rates keep the table's shape.
/// </summary>
public static class HazardLearning
{
    /// <summary>
    /// As much as sixty endings weigh: spells come in clusters, so that a few of them say less about the next ones than
    /// independent draws would.
    /// </summary>
    const double PriorWeight = 60;

    extension(HazardMultiplier multiplier)
    {
        public static HazardMultiplier Prior => new(PriorWeight, PriorWeight);

        /// <summary>A stretch of a spell was seen from one age to another, in hours; it ended there, or it goes on.</summary>
        public HazardMultiplier Seen(OfferHazard hazard, double fromHours, double toHours, bool ended)
            => new(multiplier.Endings + (ended ? 1 : 0), multiplier.Expected + hazard.Exposure(fromHours, toHours));
    }
}
