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
/// what it runs on, age class of the present spell); beyond the largest slack that is kept the deadline is out of sight.
/// </remarks>
public sealed class DeadlinePlan
{
    /// <summary>Length of a step; grows with the horizon so that a plan stays below a few tens of megabytes.</summary>
    public int StepMinutes { get; }

    const int UnitsPerStep = 5;
    const int LargestSlackUnits = 800;
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
    readonly float[] costs;

    /// <param name="terms">What it is made for.</param>
    public DeadlinePlan(PlanTerms terms)
    {
        StepMinutes = Math.Max(10, (int)Math.Ceiling(terms.HorizonHours * 60 / 450.0));
        unitHours = StepMinutes / 60.0 / UnitsPerStep;
        steps = (int)Math.Ceiling(terms.HorizonHours * 60.0 / StepMinutes);
        changeover = (int)Math.Ceiling(terms.ChangeoverMinutes / 60.0 / unitHours - 1e-9);
        spotFraction = terms.SpotFraction;
        endsAvailable = Endings(OfferHazard.Available, terms.AvailableMultiplier);
        endsUnavailable = Endings(OfferHazard.Unavailable, terms.UnavailableMultiplier);
        ages = [.. Enumerable.Range(0, OfferHazard.Ages).Select(age => Math.Min(1, StepMinutes / 60.0 / OfferHazard.Width(age)))];
        costs = new float[(steps + 1) * (LargestSlackUnits + 1) * States];
        Solve();
    }

    double[] Endings(OfferHazard hazard, double multiplier)
        => [.. Enumerable.Range(0, OfferHazard.Ages).Select(age => 1 - Math.Exp(-hazard.HourlyRate(age) * multiplier * StepMinutes / 60))];

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
        var cost = After(left, work, choice, available, OfferHazard.AgeOf(spellHours));
        return cost >= TooLate / 2 ? double.PositiveInfinity : cost;
    }

    double After(int left, int work, RunsOn choice, bool available, int age)
    {
        if (choice == RunsOn.Nothing)
            return Next(left - 1, work, choice, available, age);
        var price = choice == RunsOn.Spot ? spotFraction : 1;
        return work <= UnitsPerStep
            ? work * unitHours * price
            : UnitsPerStep * unitHours * price + Next(left - 1, work - UnitsPerStep, choice, available, age);
    }

    double Next(int left, int work, RunsOn choice, bool available, int age)
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

        var row = (left * (LargestSlackUnits + 1) + slack) * States;
        var ends = (available ? endsAvailable : endsUnavailable)[age];
        var (older, ageing) = age + 1 < OfferHazard.Ages ? (age + 1, ages[age]) : (age, 0.0);
        var kept = choice == RunsOn.Spot ? RunsOn.Nothing : choice;
        return available
            ? ends * costs[row + Unavailable(kept, 0)] + (1 - ends) * (ageing * costs[row + Available(choice, older)] + (1 - ageing) * costs[row + Available(choice, age)])
            : ends * costs[row + Available(choice, 0)] + (1 - ends) * (ageing * costs[row + Unavailable(kept, older)] + (1 - ageing) * costs[row + Unavailable(kept, age)]);
    }

    static int Available(RunsOn on, int age) => age * Modes + (int)on;

    static int Unavailable(RunsOn on, int age) => OfferHazard.Ages * Modes + age * 2 + (on == RunsOn.OnDemand ? 1 : 0);

    void Solve()
    {
        for (var left = 0; left <= steps; left++)
            for (var slack = 0; slack <= LargestSlackUnits; slack++)
            {
                var work = left * UnitsPerStep - slack;
                if (work <= 0)
                    break;
                var row = (left * (LargestSlackUnits + 1) + slack) * States;
                for (var age = 0; age < OfferHazard.Ages; age++)
                {
                    var wait = After(left, work, RunsOn.Nothing, true, age);
                    var startSpot = After(left, work + changeover, RunsOn.Spot, true, age);
                    var startOnDemand = After(left, work + changeover, RunsOn.OnDemand, true, age);
                    var start = Math.Min(wait, Math.Min(startSpot, startOnDemand));
                    costs[row + Available(RunsOn.Nothing, age)] = Kept(start);
                    costs[row + Available(RunsOn.Spot, age)] = Kept(Math.Min(Math.Min(wait, startOnDemand), After(left, work, RunsOn.Spot, true, age)));
                    costs[row + Available(RunsOn.OnDemand, age)] = Kept(Math.Min(Math.Min(wait, startSpot), After(left, work, RunsOn.OnDemand, true, age)));

                    wait = After(left, work, RunsOn.Nothing, false, age);
                    costs[row + Unavailable(RunsOn.Nothing, age)] = Kept(Math.Min(wait, After(left, work + changeover, RunsOn.OnDemand, false, age)));
                    costs[row + Unavailable(RunsOn.OnDemand, age)] = Kept(Math.Min(wait, After(left, work, RunsOn.OnDemand, false, age)));
                }
            }
    }

    static float Kept(double cost) => (float)Math.Min(cost, TooLate);
}
