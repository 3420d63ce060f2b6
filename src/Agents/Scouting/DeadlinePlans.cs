using OptiInfra.Contracts.LiveMigrations;

namespace OptiInfra.Agents.Scouting;

/// <summary>
/// Plans by their terms, made when first asked for. Terms are rounded, so that the jobs of a fleet share a few plans, and always
/// to the same ones, so that a decision can be repeated; the least recently used plan makes room. Safe for many threads.
/// </summary>
public sealed class DeadlinePlans
{
    /// <summary>A plan holds about 0.7 MB and is made within a hundredth of a second or two.</summary>
    const int Kept = 256;

    /// <summary>Less likely kinds change nothing that a job would notice.</summary>
    const double LeastOdds = 0.01;

    const double PriceStep = 0.2;
    const int ShortestHorizonHours = DeadlinePlan.MostSteps * DeadlinePlan.ShortestStepMinutes / 60;
    static readonly int[] ChangeoverMinutes = [1, 2, 4, 6, 8, 12, 16, 24, 32, 45, 60, 90, 120, 180, 240];

    readonly Lock gate = new();
    readonly Dictionary<PlanTerms, LinkedListNode<(PlanTerms Terms, Lazy<DeadlinePlan> Plan)>> byTerms = [];
    readonly LinkedList<(PlanTerms Terms, Lazy<DeadlinePlan> Plan)> recent = [];

    /// <param name="changeoverHours">Above 0; rounded up.</param>
    /// <param name="spotFraction">Spot price over on-demand price.</param>
    /// <param name="kind">What is known of the pool's kind.</param>
    /// <param name="hoursLeft">Until the deadline.</param>
    public WeighedPlans For(double changeoverHours, double spotFraction, PoolKindOdds kind, double hoursLeft)
    {
        var minutes = (int)Math.Ceiling(changeoverHours * 60 - 1e-9);
        // dearer than on demand is not worse than on demand: nobody takes it
        var steps = Math.Clamp(spotFraction, 0, 1) / PriceStep;
        var step = (int)Math.Floor(steps + 1e-9);
        var above = steps - step < 1e-6 ? 0 : steps - step;
        var likely = PoolPattern.All.Select(pattern => pattern.Kind).Where(k => kind[k] >= LeastOdds).ToList();
        var sum = likely.Sum(k => kind[k]);
        var changeover = Array.Find(ChangeoverMinutes, m => m >= minutes) is > 0 and var known ? known : ChangeoverMinutes[^1];
        var horizon = Horizon(hoursLeft);
        var parts = new List<(DeadlinePlan, double)>(2 * likely.Count);
        foreach (var k in likely)
        {
            var terms = new PlanTerms(changeover, step * PriceStep, k, horizon);
            parts.Add((For(terms), kind[k] / sum * (1 - above)));
            if (above > 0)
                parts.Add((For(terms with { SpotFraction = (step + 1) * PriceStep }), kind[k] / sum * above));
        }

        return new WeighedPlans(parts);
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
}

/// <summary>What a job expects to pay that knows neither the kind of its pool for sure nor a plan for just its price.</summary>
/// <param name="Parts">Plans for the kinds that are likely and the prices around the job's, with weights that add up to 1.</param>
public sealed record WeighedPlans(IReadOnlyList<(DeadlinePlan Plan, double Weight)> Parts)
{
    /// <inheritdoc cref="DeadlinePlan.ExpectedCost"/>
    public double ExpectedCost(double hoursLeft, double workHours, double pendingHours, RunsOn choice, bool available, double spellHours)
    {
        var cost = 0.0;
        foreach (var (plan, weight) in Parts)
            cost += weight * plan.ExpectedCost(hoursLeft, workHours, pendingHours, choice, available, spellHours);
        return cost;
    }
}
