using OptiInfra.Contracts.LiveMigrations;

namespace OptiInfra.Agents.Scouting;

/// <summary>What a plan was made for; jobs of the same terms share it.</summary>
/// <param name="ChangeoverMinutes">From the decision to start on another machine until work goes on there; 1 to 240.</param>
/// <param name="SpotFraction">Spot price as a fraction of the on-demand price, 0..1.</param>
/// <param name="AvailableMultiplier">How many times faster than usual spells of available capacity end here.</param>
/// <param name="UnavailableMultiplier">The same of spells without capacity.</param>
/// <param name="HorizonHours">The longest time to a deadline that the plan must know.</param>
public sealed record PlanTerms(int ChangeoverMinutes, double SpotFraction, double AvailableMultiplier, double UnavailableMultiplier, int HorizonHours);

/// <summary>
/// The least expected cost of finishing before a deadline, for every amount of work and time left: backward induction over a
/// semi-Markov model of spot capacity, whose spells end by <see cref="OfferHazard"/>. On-demand capacity is taken to be
/// there always; a state from which even on-demand would be late costs more than any other.
/// </summary>
/// <remarks>
/// Time moves in steps of <see cref="StepMinutes"/>, work in units of a fifth of that. A state is (steps left, slack in units,
/// what it runs on, age class of the present spell); beyond the largest slack that is known the deadline is out of sight.
/// Near the deadline costs bend, so that every step and every unit of slack is known there; further off they run smoothly,
/// and what lies between two that are known is interpolated.
/// </remarks>
public sealed class DeadlinePlan
{
    /// <summary>Length of a step; grows with the horizon so that the number of steps stays the same.</summary>
    public int StepMinutes { get; }

    public const int MostSteps = 450;
    public const int ShortestStepMinutes = 10;
    const int UnitsPerStep = 5;
    const int LargestSlackUnits = 800;
    const double SlackGrowth = 1.05;
    const int StepsAllKept = 36;
    const int StepsBetweenKept = 6;
    const float TooLate = 1e6f;
    const int Modes = 3;

    // spot cannot be what it runs on while there is none
    static readonly int States = OfferHazard.Ages * (Modes + 2);

    readonly int steps;
    readonly int changeover;
    readonly double unitHours;
    readonly double spotFraction;
    readonly double[] endsAvailable;
    readonly double[] endsUnavailable;
    readonly double[] ages;
    // for each slack the known one below it, and how far it lies towards the one above
    readonly short[] known = new short[LargestSlackUnits + 1];
    readonly float[] beyond = new float[LargestSlackUnits + 1];
    readonly float[][] rows;

    /// <param name="terms">What it is made for.</param>
    public DeadlinePlan(PlanTerms terms)
    {
        StepMinutes = Math.Max(ShortestStepMinutes, (int)Math.Ceiling(terms.HorizonHours * 60.0 / MostSteps));
        unitHours = StepMinutes / 60.0 / UnitsPerStep;
        steps = (int)Math.Ceiling(terms.HorizonHours * 60.0 / StepMinutes);
        changeover = (int)Math.Ceiling(terms.ChangeoverMinutes / 60.0 / unitHours - 1e-9);
        spotFraction = terms.SpotFraction;
        endsAvailable = Endings(OfferHazard.Available, terms.AvailableMultiplier);
        endsUnavailable = Endings(OfferHazard.Unavailable, terms.UnavailableMultiplier);
        ages = [.. Enumerable.Range(0, OfferHazard.Ages).Select(age => Math.Min(1, StepMinutes / 60.0 / OfferHazard.Width(age)))];
        var slackUnits = KnownSlacks();
        rows = new float[RowOf(steps) + 1][];
        Solve(slackUnits);
    }

    /// <summary>Bytes that its table takes.</summary>
    public long Bytes => rows.Sum(row => (long)row.Length) * sizeof(float);

    double[] Endings(OfferHazard hazard, double multiplier)
        => [.. Enumerable.Range(0, OfferHazard.Ages).Select(age => 1 - Math.Exp(-hazard.HourlyRate(age) * multiplier * StepMinutes / 60))];

    List<int> KnownSlacks()
    {
        List<int> units = [0];
        while (units[^1] < LargestSlackUnits)
        {
            var last = units[^1];
            // a start takes a changeover from the slack; where that is just too much, the cost jumps
            var next = last < changeover + 2 * UnitsPerStep ? last + 1 : Math.Min(LargestSlackUnits, Math.Max(last + 1, (int)(last * SlackGrowth)));
            for (var slack = last; slack < next; slack++)
                (known[slack], beyond[slack]) = ((short)(units.Count - 1), (float)(slack - last) / (next - last));
            units.Add(next);
        }

        known[LargestSlackUnits] = (short)(units.Count - 1);
        return units;
    }

    /// <summary>The last step not after this one whose costs are kept.</summary>
    int KeptUpTo(int left) => left <= StepsAllKept || left == steps ? left : left - (left - StepsAllKept) % StepsBetweenKept;

    static int RowOf(int left) => left <= StepsAllKept ? left : StepsAllKept + (left - StepsAllKept + StepsBetweenKept - 1) / StepsBetweenKept;

    /// <summary>
    /// The expected cost, in hours of on-demand, of running on <paramref name="choice"/> for one step and as cheaply as can be
    /// from then on; infinite where the deadline could be missed.
    /// </summary>
    /// <param name="hoursLeft">Until the deadline.</param>
    /// <param name="workHours">Left to do.</param>
    /// <param name="pendingHours">Of a changeover that <paramref name="choice"/> still has to wait for.</param>
    /// <param name="choice">What it runs on from now.</param>
    /// <param name="available">Spot capacity is there now.</param>
    /// <param name="spellHours">For how long it has been so.</param>
    public double ExpectedCost(double hoursLeft, double workHours, double pendingHours, RunsOn choice, bool available, double spellHours)
    {
        var left = (int)Math.Floor(hoursLeft * 60 / StepMinutes + 1e-9);
        var work = (int)Math.Ceiling((workHours + (choice == RunsOn.Nothing ? 0 : pendingHours)) / unitHours - 1e-9);
        var cost = After(left, work, choice, available, OfferHazard.AgeOf(spellHours), null);
        return cost >= TooLate / 2 ? double.PositiveInfinity : cost;
    }

    /// <param name="next">What is known of the next step, where that is the one just made.</param>
    double After(int left, int work, RunsOn choice, bool available, int age, float[]? next)
    {
        if (choice == RunsOn.Nothing)
            return Next(left - 1, work, choice, available, age, next);
        var price = choice == RunsOn.Spot ? spotFraction : 1;
        return work <= UnitsPerStep
            ? work * unitHours * price
            : UnitsPerStep * unitHours * price + Next(left - 1, work - UnitsPerStep, choice, available, age, next);
    }

    double Next(int left, int work, RunsOn choice, bool available, int age, float[]? next)
    {
        var slack = left * UnitsPerStep - work;
        if (slack < 0 || left < 0)
            return TooLate;
        if (slack > LargestSlackUnits)
        {
            left = Math.Min(steps, (work + LargestSlackUnits) / UnitsPerStep);
            slack = Math.Min(LargestSlackUnits, left * UnitsPerStep - work);
        }
        else if (left > steps)
        {
            left = steps;
            slack = Math.Max(0, left * UnitsPerStep - work);
        }

        if (next is not null)
            return At(next, slack, choice, available, age);
        var below = KeptUpTo(left);
        var cost = At(rows[RowOf(below)], slack, choice, available, age);
        if (below == left)
            return cost;
        var above = Math.Min(steps, below + StepsBetweenKept);
        return cost + (At(rows[RowOf(above)], slack, choice, available, age) - cost) * (left - below) / (above - below);
    }

    double At(float[] row, int slack, RunsOn choice, bool available, int age)
    {
        var ends = (available ? endsAvailable : endsUnavailable)[age];
        var (older, ageing) = age + 1 < OfferHazard.Ages ? (age + 1, ages[age]) : (age, 0.0);
        var kept = choice == RunsOn.Spot ? RunsOn.Nothing : choice;
        var (ended, aged, same) = available
            ? (Unavailable(kept, 0), Available(choice, older), Available(choice, age))
            : (Available(choice, 0), Unavailable(kept, older), Unavailable(kept, age));
        var at = known[slack] * States;
        var cost = Expected(row, at);
        return beyond[slack] is > 0 and var share ? cost + (Expected(row, at + States) - cost) * share : cost;

        double Expected(float[] costs, int from) => ends * costs[from + ended] + (1 - ends) * (ageing * costs[from + aged] + (1 - ageing) * costs[from + same]);
    }

    static int Available(RunsOn on, int age) => age * Modes + (int)on;

    static int Unavailable(RunsOn on, int age) => OfferHazard.Ages * Modes + age * 2 + (on == RunsOn.OnDemand ? 1 : 0);

    void Solve(List<int> slackUnits)
    {
        float[]? next = null;
        for (var left = 0; left <= steps; left++)
        {
            var row = new float[slackUnits.Count * States];
            var i = 0;
            for (; i < slackUnits.Count && left * UnitsPerStep > slackUnits[i]; i++)
                Solve(left, left * UnitsPerStep - slackUnits[i], row.AsSpan(i * States, States), next);
            if (i < slackUnits.Count)
                BeyondTheEnd(left, slackUnits, i, row, next);
            if (KeptUpTo(left) == left)
                rows[RowOf(left)] = row;
            next = row;
        }
    }

    /// <summary>
    /// Where less than nothing is left to do, costs go on as straight lines from the last unit of work, by the least that a unit
    /// ever costs: what is interpolated across the end is not taken for cheaper than it is.
    /// </summary>
    void BeyondTheEnd(int left, List<int> slackUnits, int from, float[] row, float[]? next)
    {
        var last = new float[States];
        Solve(left, 1, last, next);
        for (var i = from; i < slackUnits.Count; i++)
            for (var state = 0; state < States; state++)
                row[i * States + state] = last[state] >= TooLate / 2 ? TooLate
                    : (float)(last[state] + (left * UnitsPerStep - slackUnits[i] - 1) * unitHours * spotFraction);
    }

    void Solve(int left, int work, Span<float> costs, float[]? next)
    {
        for (var age = 0; age < OfferHazard.Ages; age++)
        {
            var wait = After(left, work, RunsOn.Nothing, true, age, next);
            var startSpot = After(left, work + changeover, RunsOn.Spot, true, age, next);
            var startOnDemand = After(left, work + changeover, RunsOn.OnDemand, true, age, next);
            costs[Available(RunsOn.Nothing, age)] = Kept(Math.Min(wait, Math.Min(startSpot, startOnDemand)));
            costs[Available(RunsOn.Spot, age)] = Kept(Math.Min(Math.Min(wait, startOnDemand), After(left, work, RunsOn.Spot, true, age, next)));
            costs[Available(RunsOn.OnDemand, age)] = Kept(Math.Min(Math.Min(wait, startSpot), After(left, work, RunsOn.OnDemand, true, age, next)));

            wait = After(left, work, RunsOn.Nothing, false, age, next);
            costs[Unavailable(RunsOn.Nothing, age)] = Kept(Math.Min(wait, After(left, work + changeover, RunsOn.OnDemand, false, age, next)));
            costs[Unavailable(RunsOn.OnDemand, age)] = Kept(Math.Min(wait, After(left, work, RunsOn.OnDemand, false, age, next)));
        }
    }

    static float Kept(double cost) => (float)Math.Min(cost, TooLate);
}
