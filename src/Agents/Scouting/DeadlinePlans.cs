using OptiInfra.Contracts.LiveMigrations;

namespace OptiInfra.Agents.Scouting;

/// <summary>
/// Plans by their terms, made when first asked for. Terms are rounded, so that the jobs of a fleet share a few plans; the least
/// recently used one makes room. Safe for many threads.
/// </summary>
public sealed class DeadlinePlans
{
    /// <summary>A plan holds up to about 45 MB.</summary>
    const int Kept = 6;

    const double PriceStep = 0.02;
    const int HorizonStepHours = 12;
    static readonly double[] Multipliers = [0.5, 0.7, 0.85, 1, 1.2, 1.4, 2];

    readonly Lock gate = new();
    readonly LinkedList<(PlanTerms Terms, Lazy<DeadlinePlan> Plan)> recent = [];

    /// <param name="changeoverHours">Above 0.</param>
    /// <param name="spotFraction">Spot price over on-demand price.</param>
    /// <param name="available">Of the pool's spells with capacity.</param>
    /// <param name="unavailable">Of its spells without.</param>
    /// <param name="hoursLeft">Until the deadline.</param>
    public DeadlinePlan For(double changeoverHours, double spotFraction, HazardMultiplier available, HazardMultiplier unavailable, double hoursLeft)
        => For(new PlanTerms(
            Math.Clamp((int)Math.Ceiling(changeoverHours * 60 - 1e-9), 1, 240),
            Math.Clamp(Math.Round(spotFraction / PriceStep) * PriceStep, PriceStep, 1),
            Nearest(available.Value),
            Nearest(unavailable.Value),
            (int)Math.Ceiling(hoursLeft / HorizonStepHours) * HorizonStepHours));

    DeadlinePlan For(PlanTerms terms)
    {
        Lazy<DeadlinePlan> plan;
        lock (gate)
        {
            var node = recent.First;
            while (node is not null && !Serves(node.Value.Terms, terms))
                node = node.Next;
            if (node is null)
            {
                node = new LinkedListNode<(PlanTerms, Lazy<DeadlinePlan>)>((terms, new Lazy<DeadlinePlan>(() => new DeadlinePlan(terms))));
                if (recent.Count >= Kept)
                    recent.RemoveLast();
            }
            else
            {
                recent.Remove(node);
            }

            recent.AddFirst(node);
            plan = node.Value.Plan;
        }

        return plan.Value;
    }

    /// <summary>A plan knows every shorter time to a deadline, but in steps that are right for its own horizon.</summary>
    static bool Serves(PlanTerms kept, PlanTerms wanted)
        => kept with { HorizonHours = wanted.HorizonHours } == wanted && kept.HorizonHours >= wanted.HorizonHours && kept.HorizonHours <= 4 * wanted.HorizonHours;

    static double Nearest(double value) => Multipliers.MinBy(m => Math.Abs(Math.Log(m / value)));
}
