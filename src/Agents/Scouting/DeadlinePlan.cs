using System.Runtime.InteropServices;
using OptiInfra.Contracts.LiveMigrations;

namespace OptiInfra.Agents.Scouting;

/// <summary>What a plan was made for; jobs of the same terms share it.</summary>
/// <param name="ChangeoverMinutes">From the decision to start on another machine until work goes on there; 1 to 240.</param>
/// <param name="SpotFraction">Spot price as a fraction of the on-demand price, 0..1.</param>
/// <param name="Kind">Of the pool.</param>
/// <param name="HorizonHours">The longest time to a deadline that the plan must know.</param>
public sealed record PlanTerms(int ChangeoverMinutes, double SpotFraction, PoolKind Kind, int HorizonHours);

/// <summary>
/// The least expected cost of finishing before a deadline, for every amount of work and time left: backward induction over a
/// semi-Markov model of spot capacity, whose spells end by <see cref="PoolPattern"/>. On-demand capacity is taken to be
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
    const int StepsAllKept = 24;
    const int StepsBetweenKept = 24;
    const float TooLate = 1e6f;
    const int Modes = 3;

    // spot cannot be what it runs on while there is none
    static readonly int States = OfferHazard.Ages * (Modes + 2);

    readonly int steps;
    readonly int changeover;
    readonly double unitHours;
    readonly double spotFraction;
    readonly Step[] whileAvailable;
    readonly Step[] whileUnavailable;
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
        whileAvailable = [.. Enumerable.Range(0, OfferHazard.Ages).Select(age => StepOf(PoolPattern.Of(terms.Kind).Available, age))];
        whileUnavailable = [.. Enumerable.Range(0, OfferHazard.Ages).Select(age => StepOf(PoolPattern.Of(terms.Kind).Unavailable, age))];
        var slackUnits = KnownSlacks();
        rows = new float[RowOf(steps) + 1][];
        Solve(slackUnits);
    }

    /// <summary>Bytes that its table takes.</summary>
    public long Bytes => rows.Sum(row => (long)row.Length) * sizeof(float);

    /// <summary>
    /// What a step does to a spell. Most spells of an age class are young in it, the more so the faster they end, so that of those
    /// that go on fewer pass on to the next class than one in as many as it has steps.
    /// </summary>
    Step StepOf(OfferHazard hazard, int age)
    {
        var (hours, lower) = (StepMinutes / 60.0, OfferHazard.From(age));
        var width = OfferHazard.Width(age) / hours;
        if (width <= 1 + 1e-9)
            return new Step(1 - Math.Exp(-hazard.Exposure(lower, lower + hours)), 1, Math.Max(age + 1, OfferHazard.AgeOf(lower + hours)));
        var held = Math.Exp(-hazard.HourlyRate(age) * hours);
        return double.IsInfinity(width) ? new Step(1 - held, 0, age) : new Step(1 - held, (1 - held) * Math.Pow(held, width - 1) / (1 - Math.Pow(held, width)), age + 1);
    }

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
        var age = OfferHazard.AgeOf(spellHours);
        var (paid, todo) = Run(work, choice);
        var cost = todo == 0 ? paid : paid + Later(left - 1, todo, available ? Available(choice, age) : Unavailable(choice, age));
        return cost >= TooLate / 2 ? double.PositiveInfinity : cost;
    }

    /// <summary>What a step costs, and the work left after it.</summary>
    (double Paid, int Todo) Run(int work, RunsOn on)
        => on == RunsOn.Nothing ? (0, work) : (Math.Min(work, UnitsPerStep) * unitHours * (on == RunsOn.Spot ? spotFraction : 1), Math.Max(0, work - UnitsPerStep));

    double Later(int left, int work, int state)
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

        var below = KeptUpTo(left);
        var ahead = new Ahead(0, known[slack] * States, beyond[slack]);
        var cost = ahead.Cost(rows[RowOf(below)], state);
        if (below == left)
            return cost;
        var above = Math.Min(steps, below + StepsBetweenKept);
        return cost + (ahead.Cost(rows[RowOf(above)], state) - cost) * (left - below) / (above - below);
    }

    static int Available(RunsOn on, int age) => age * Modes + (int)on;

    static int Unavailable(RunsOn on, int age) => OfferHazard.Ages * Modes + age * 2 + (on == RunsOn.OnDemand ? 1 : 0);

    void Solve(List<int> slackUnits)
    {
        float[] next = [];
        var costs = new float[slackUnits.Count * States];
        for (var left = 0; left <= steps; left++)
        {
            var i = 0;
            for (; i < slackUnits.Count && left * UnitsPerStep > slackUnits[i]; i++)
                Solve(left, left * UnitsPerStep - slackUnits[i], costs.AsSpan(i * States, States), next);
            if (i < slackUnits.Count)
                BeyondTheEnd(left, slackUnits, i, costs, next);
            next = Expected(costs);
            if (KeptUpTo(left) == left)
                rows[RowOf(left)] = next;
        }
    }

    /// <summary>What is to be expected of these costs a step earlier, when nobody knows yet which spells will have ended.</summary>
    float[] Expected(float[] costs)
    {
        var expected = new float[costs.Length];
        for (var from = 0; from < costs.Length; from += States)
            for (var age = 0; age < OfferHazard.Ages; age++)
            {
                var step = whileAvailable[age];
                foreach (var on in (ReadOnlySpan<RunsOn>)[RunsOn.Nothing, RunsOn.Spot, RunsOn.OnDemand])
                    expected[from + Available(on, age)] = step.Expected(costs[from + Unavailable(on, 0)], costs[from + Available(on, step.Older)], costs[from + Available(on, age)]);
                step = whileUnavailable[age];
                foreach (var on in (ReadOnlySpan<RunsOn>)[RunsOn.Nothing, RunsOn.OnDemand])
                    expected[from + Unavailable(on, age)] = step.Expected(costs[from + Available(on, 0)], costs[from + Unavailable(on, step.Older)], costs[from + Unavailable(on, age)]);
            }

        return expected;
    }

    /// <summary>
    /// Where less than nothing is left to do, costs go on as straight lines from the last unit of work, by the least that a unit
    /// ever costs: what is interpolated across the end is not taken for cheaper than it is.
    /// </summary>
    void BeyondTheEnd(int left, List<int> slackUnits, int from, float[] row, float[] next)
    {
        var last = new float[States];
        Solve(left, 1, last, next);
        for (var i = from; i < slackUnits.Count; i++)
            for (var state = 0; state < States; state++)
                row[i * States + state] = last[state] >= TooLate / 2 ? TooLate
                    : (float)(last[state] + (left * UnitsPerStep - slackUnits[i] - 1) * unitHours * spotFraction);
    }

    void Solve(int left, int work, Span<float> costs, float[] next)
    {
        var (wait, onSpot, onDemand) = (AheadOf(left, work, RunsOn.Nothing), AheadOf(left, work, RunsOn.Spot), AheadOf(left, work, RunsOn.OnDemand));
        var (toSpot, toOnDemand) = (AheadOf(left, work + changeover, RunsOn.Spot), AheadOf(left, work + changeover, RunsOn.OnDemand));
        for (var age = 0; age < OfferHazard.Ages; age++)
        {
            var (nothing, spot, demand) = (Available(RunsOn.Nothing, age), Available(RunsOn.Spot, age), Available(RunsOn.OnDemand, age));
            var (waiting, startSpot, startOnDemand) = (wait.Cost(next, nothing), toSpot.Cost(next, spot), toOnDemand.Cost(next, demand));
            costs[nothing] = Kept(Math.Min(waiting, Math.Min(startSpot, startOnDemand)));
            costs[spot] = Kept(Math.Min(Math.Min(waiting, startOnDemand), onSpot.Cost(next, spot)));
            costs[demand] = Kept(Math.Min(Math.Min(waiting, startSpot), onDemand.Cost(next, demand)));

            (nothing, demand) = (Unavailable(RunsOn.Nothing, age), Unavailable(RunsOn.OnDemand, age));
            waiting = wait.Cost(next, nothing);
            costs[nothing] = Kept(Math.Min(waiting, toOnDemand.Cost(next, demand)));
            costs[demand] = Kept(Math.Min(waiting, onDemand.Cost(next, demand)));
        }
    }

    Ahead AheadOf(int left, int work, RunsOn on)
    {
        var (paid, todo) = Run(work, on);
        var slack = (left - 1) * UnitsPerStep - todo;
        return todo == 0 ? new Ahead(paid, -1, 0) : slack < 0 ? new Ahead(TooLate, -1, 0) : new Ahead(paid, known[slack] * States, beyond[slack]);
    }

    static float Kept(double cost) => (float)Math.Min(cost, TooLate);

    /// <summary>Where a step leads to, whatever the state.</summary>
    /// <param name="Paid">For the step.</param>
    /// <param name="At">Where a row holds the states of the known slack below; negative where nothing is to be paid any more.</param>
    /// <param name="Share">How far the slack lies towards the next one that is known.</param>
    [StructLayout(LayoutKind.Auto)]
    readonly record struct Ahead(double Paid, int At, float Share)
    {
        public double Cost(float[] row, int state)
        {
            if (At < 0)
                return Paid;
            var below = row[At + state];
            return Share > 0 ? Paid + below + (double)(row[At + States + state] - below) * Share : Paid + below;
        }
    }

    /// <param name="Ends">How likely the spell ends within it.</param>
    /// <param name="Ages">How likely one that does not is of the older class then.</param>
    /// <param name="Older">That class.</param>
    [StructLayout(LayoutKind.Auto)]
    readonly record struct Step(double Ends, double Ages, int Older)
    {
        public float Expected(float ended, float aged, float same) => (float)(Ends * ended + (1 - Ends) * (Ages * aged + (1 - Ages) * same));
    }
}
