using OptiInfra.Contracts.LiveMigrations;

namespace OptiInfra.Agents.Scouting;

/// <summary>How the capacity of one kind of pool comes and goes.</summary>
/// <remarks>
/// Our own fit to fifteen public availability traces of one instance each (skypilot-org/spot-traces, 2022-10-26 and 2023-02-15,
/// but for the two pools that windows of the "can't be late" benchmark were cut from), read every ten minutes and cut into
/// stretches of three days: a mixture of four kinds by expectation maximisation. In each age class a kind has the mean rate of
/// all traces for a prior, as much as three endings weigh. Spells of more than fifteen hours are too few to tell kinds apart by
/// and end at one rate.
/// </remarks>
public sealed class PoolPattern
{
    static readonly PoolPattern[] Patterns =
    [
        new(PoolKind.Changeable, 0.37, 0.62,
            new OfferHazard(0.229, 0.168, 0.128, 0.077, 0.054, 0.034, 0.024, 0.014), new OfferHazard(0.260, 0.203, 0.126, 0.085, 0.059, 0.063, 0.046, 0.022)),
        new(PoolKind.Plentiful, 0.31, 0.92,
            new OfferHazard(0.210, 0.148, 0.087, 0.048, 0.028, 0.022, 0.012, 0.014), new OfferHazard(0.429, 0.456, 0.243, 0.197, 0.122, 0.067, 0.025, 0.022)),
        new(PoolKind.Scarce, 0.25, 0.21,
            new OfferHazard(0.386, 0.303, 0.251, 0.140, 0.109, 0.090, 0.025, 0.014), new OfferHazard(0.313, 0.182, 0.108, 0.074, 0.040, 0.035, 0.020, 0.022)),
        new(PoolKind.Flickering, 0.07, 0.58,
            new OfferHazard(0.392, 0.256, 0.188, 0.138, 0.096, 0.072, 0.027, 0.014), new OfferHazard(0.582, 0.272, 0.225, 0.175, 0.095, 0.038, 0.033, 0.022)),
    ];

    PoolPattern(PoolKind kind, double share, double availableFraction, OfferHazard available, OfferHazard unavailable)
        => (Kind, Share, AvailableFraction, Available, Unavailable) = (kind, share, availableFraction, available, unavailable);

    public static IReadOnlyList<PoolPattern> All => Patterns;

    public PoolKind Kind { get; }

    /// <summary>How many of all pools are of this kind, 0..1.</summary>
    public double Share { get; }

    /// <summary>The part of the time that capacity is there, 0..1.</summary>
    public double AvailableFraction { get; }

    /// <summary>How spells of available capacity end.</summary>
    public OfferHazard Available { get; }

    /// <summary>How spells without capacity end.</summary>
    public OfferHazard Unavailable { get; }

    public static PoolPattern Of(PoolKind kind) => Patterns[(int)kind];

    public OfferHazard Spells(bool available) => available ? Available : Unavailable;
}

/// <summary>How the kind of a pool is learned: by Bayes' rule from what its spells do.</summary>
public static class PoolKindLearning
{
    /// <summary>No kind is ever ruled out for good: pools change.</summary>
    const double Least = 1e-4;

    extension(PoolKindOdds odds)
    {
        /// <summary>Of a pool of which nothing is known.</summary>
        public static PoolKindOdds Prior => Normal(pattern => pattern.Share);

        /// <summary>Of one that was looked at once.</summary>
        public static PoolKindOdds First(bool available) => Normal(pattern => pattern.Share * (available ? pattern.AvailableFraction : 1 - pattern.AvailableFraction));

        /// <summary>A stretch of a spell was seen from one age to another, in hours; it ended within it, or it goes on.</summary>
        public PoolKindOdds Seen(bool available, double fromHours, double toHours, bool ended) => Normal(pattern =>
        {
            var held = Math.Exp(-pattern.Spells(available).Exposure(fromHours, toHours));
            return odds[pattern.Kind] * (ended ? 1 - held : held);
        });

        /// <summary>What is expected where each kind has a value of its own.</summary>
        public double Mean(Func<PoolPattern, double> value) => PoolPattern.All.Sum(pattern => odds[pattern.Kind] * value(pattern));
    }

    static PoolKindOdds Normal(Func<PoolPattern, double> weight)
    {
        var weights = PoolPattern.All.Select(weight).ToArray();
        var sum = weights.Sum();
        weights = sum > 0 ? [.. weights.Select(w => Math.Max(Least, w / sum))] : [.. PoolPattern.All.Select(pattern => pattern.Share)];
        sum = weights.Sum();
        return new PoolKindOdds(weights[0] / sum, weights[1] / sum, weights[2] / sum, weights[3] / sum);
    }
}
