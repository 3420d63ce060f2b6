using OptiInfra.Contracts.LiveMigrations;

namespace OptiInfra.Agents.Scouting;

/// <summary>
/// Plans by their terms, made when first asked for. Terms are rounded, so that the jobs of a fleet share a few plans, and always
/// to the same ones, so that a decision can be repeated; the least recently used plan makes room. Safe for many threads.
/// </summary>
public sealed class DeadlinePlans
{
    /// <summary>A plan holds less than 2 MB and is made within a few hundredths of a second.</summary>
    const int Kept = 96;

    const double PriceStep = 0.2;
    const int ShortestHorizonHours = DeadlinePlan.MostSteps * DeadlinePlan.ShortestStepMinutes / 60;
    static readonly double[] Multipliers = [0.5, 0.7, 1, 1.4, 2];
    static readonly int[] ChangeoverMinutes = [1, 2, 4, 6, 8, 12, 16, 24, 32, 45, 60, 90, 120, 180, 240];

    readonly Lock gate = new();
    readonly Dictionary<PlanTerms, LinkedListNode<(PlanTerms Terms, Lazy<DeadlinePlan> Plan)>> byTerms = [];
    readonly LinkedList<(PlanTerms Terms, Lazy<DeadlinePlan> Plan)> recent = [];

    /// <param name="changeoverHours">Above 0; rounded up.</param>
    /// <param name="spotFraction">Spot price over on-demand price.</param>
    /// <param name="available">Of the pool's spells with capacity.</param>
    /// <param name="unavailable">Of its spells without.</param>
    /// <param name="hoursLeft">Until the deadline.</param>
    public PricedPlan For(double changeoverHours, double spotFraction, HazardMultiplier available, HazardMultiplier unavailable, double hoursLeft)
    {
        var minutes = (int)Math.Ceiling(changeoverHours * 60 - 1e-9);
        // dearer than on demand is not worse than on demand: nobody takes it
        var steps = Math.Clamp(spotFraction, 0, 1) / PriceStep;
        var step = (int)Math.Floor(steps + 1e-9);
        var terms = new PlanTerms(
            Array.Find(ChangeoverMinutes, m => m >= minutes) is > 0 and var known ? known : ChangeoverMinutes[^1],
            step * PriceStep,
            Nearest(available.Value),
            Nearest(unavailable.Value),
            Horizon(hoursLeft));
        var below = For(terms);
        return steps - step < 1e-6 ? new PricedPlan(below, below, 0) : new PricedPlan(below, For(terms with { SpotFraction = (step + 1) * PriceStep }), steps - step);
    }

    /// <summary>Doubled until it is enough: a plan knows every shorter time to a deadline, in steps that are right for its own.</summary>
    static int Horizon(double hoursLeft)
    {
        var horizon = ShortestHorizonHours;
        while (horizon < hoursLeft)
            horizon *= 2;
        return horizon;
    }

    DeadlinePlan For(PlanTerms terms)
    {
        Lazy<DeadlinePlan> plan;
        lock (gate)
        {
            if (byTerms.TryGetValue(terms, out var node))
            {
                recent.Remove(node);
            }
            else
            {
                if (recent.Last is { } oldest && recent.Count >= Kept)
                {
                    recent.RemoveLast();
                    byTerms.Remove(oldest.Value.Terms);
                }

                byTerms[terms] = node = new LinkedListNode<(PlanTerms, Lazy<DeadlinePlan>)>((terms, new Lazy<DeadlinePlan>(() => new DeadlinePlan(terms))));
            }

            recent.AddFirst(node);
            plan = node.Value.Plan;
        }

        return plan.Value;
    }

    static double Nearest(double value) => Multipliers.MinBy(m => Math.Abs(Math.Log(m / value)));
}

/// <summary>What a job expects to pay at a spot price between those that two plans were made for.</summary>
/// <param name="Below">Made for a price that is not above the job's.</param>
/// <param name="Above">Made for one that is not below.</param>
/// <param name="Share">How far the price lies from the one to the other, 0..1.</param>
public readonly record struct PricedPlan(DeadlinePlan Below, DeadlinePlan Above, double Share)
{
    /// <inheritdoc cref="DeadlinePlan.ExpectedCost"/>
    public double ExpectedCost(double hoursLeft, double workHours, double pendingHours, RunsOn choice, bool available, double spellHours)
    {
        var cost = Below.ExpectedCost(hoursLeft, workHours, pendingHours, choice, available, spellHours);
        return Share == 0 || double.IsInfinity(cost) ? cost
            : cost + (Above.ExpectedCost(hoursLeft, workHours, pendingHours, choice, available, spellHours) - cost) * Share;
    }
}
