using System.Globalization;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Agents.Cost;

/// <summary>What an assessment found: the fleet's cost, the instances that can move, and why the others stay.</summary>
public sealed record Assessment(decimal FleetMonthlyUsd, IReadOnlyList<Opportunity> Opportunities, IReadOnlyList<InstanceRefusal> Refusals);

/// <summary>Judges every instance of an observation. Pure: the same observation and policy give the same assessment.</summary>
public static class CostAssessment
{
    const string BlueGreen = "blue_green";

    public static Assessment Assess(FleetObservation observation, MigrationPolicy policy)
    {
        var market = new Market(observation);
        decimal fleetHourly = 0;
        var opportunities = new List<Opportunity>();
        var refusals = new List<InstanceRefusal>();
        foreach (var observed in observation.Instances)
        {
            fleetHourly += market.HourlyUsd(observed.Instance);
            if (Refusal(observed, market, policy) is { } refusal)
                refusals.Add(new InstanceRefusal(observed.Instance.InstanceId, observed.Instance.InstanceType, refusal.Reason, refusal.Evidence));
            else if (Find(observed, market, policy, out var none) is { } opportunity)
                opportunities.Add(opportunity);
            else
                refusals.Add(none!);
        }

        return new Assessment(Money.MonthlyUsd(fleetHourly), opportunities, refusals);
    }

    static (RefusalReason Reason, string Evidence)? Refusal(ObservedInstance observed, Market market, MigrationPolicy policy)
    {
        var instance = observed.Instance;
        var workload = instance.Tag(FleetTags.Workload);
        return instance switch
        {
            { State: not "running" } => (RefusalReason.NotRunning, $"its state is {instance.State}"),
            { CapacityType: CapacityType.Spot } => (RefusalReason.AlreadySpot, "it is a spot instance already"),
            _ when instance.Tag(FleetTags.Protected) is "true" => (RefusalReason.Protected, $"tag {FleetTags.Protected}=true"),
            _ when instance.Tag(FleetTags.Serving) is "false" => (RefusalReason.Protected, $"tag {FleetTags.Serving}=false: it stands by for another machine"),
            _ when instance.Tag(FleetTags.Commitment) is { } commitment => (RefusalReason.CoveredByCommitment, $"tag {FleetTags.Commitment}={commitment}: it is paid for, used or not"),
            _ when market.Type(instance.InstanceType) is { Burstable: true } => (RefusalReason.BurstableType, $"{instance.InstanceType} is burstable: its price is low because it is mostly idle, and its CPU credits do not move"),
            _ when workload is "stateful" => (RefusalReason.StatefulWorkload, $"tag {FleetTags.Workload}=stateful: its data would be lost with an interruption"),
            _ when workload is not "stateless" => (RefusalReason.UnlabelledWorkload, workload is null ? $"no tag {FleetTags.Workload}; set it to stateless if nothing is lost with the instance" : $"tag {FleetTags.Workload}={workload} is neither stateless nor stateful"),
            _ when observed.Cpu is null => (RefusalReason.UtilisationUnknown, "no CPU history; unknown is not idle"),
            _ when observed.Cpu.Hours < policy.MinUtilisationHours => (RefusalReason.UtilisationUnknown, string.Create(CultureInfo.InvariantCulture, $"{observed.Cpu.Hours} hours of CPU history; {policy.MinUtilisationHours} are needed")),
            _ when market.OnDemandHourlyUsd(instance.InstanceType) is null => (RefusalReason.NoPrice, $"no on-demand price of {instance.InstanceType} in the price file"),
            _ => null,
        };
    }

    static Opportunity? Find(ObservedInstance observed, Market market, MigrationPolicy policy, out InstanceRefusal? refusal)
    {
        var instance = observed.Instance;
        var onDemand = market.OnDemandHourlyUsd(instance.InstanceType)!.Value;
        var pattern = PatternOf(observed.Cpu!);
        var (worthwhile, best) = market.Choice((instance.InstanceType, instance.AvailabilityZone, pattern), () => Choose(instance, onDemand, pattern, market, policy));
        refusal = best is null
            ? new InstanceRefusal(instance.InstanceId, instance.InstanceType, RefusalReason.NoCandidatePool, $"no spot pool of its architecture with at least its vCPUs, memory and GPUs has a price in {market.Region}")
            : worthwhile.Count > 0 ? null
            : new InstanceRefusal(instance.InstanceId, instance.InstanceType, RefusalReason.SavingTooSmall, best.NetSavingMonthlyUsd >= Needed(onDemand, policy)
                ? string.Create(CultureInfo.InvariantCulture, $"the best pool, {best.Pool}, costs {best.CurrentHourlyUsd:0.0000} USD/h now, not less than on demand ({onDemand:0.0000})")
                : string.Create(CultureInfo.InvariantCulture, $"the best pool, {best.Pool}, saves {best.NetSavingMonthlyUsd:0.00} USD a month net of interruptions; {Needed(onDemand, policy):0.00} are needed"));
        if (refusal is not null)
            return null;
        var recommended = worthwhile[0];
        return new Opportunity(
            instance.InstanceId, instance.InstanceType, instance.AvailabilityZone, instance.Tag(FleetTags.Team), pattern,
            onDemand, Money.MonthlyUsd(onDemand), recommended, worthwhile, recommended.Risk, recommended.NetSavingMonthlyUsd, BlueGreen,
            Confidence(observed, recommended, policy));
    }

    /// <summary>
    /// The pools worth moving to, the preferred one first, and the one that saves most, worthwhile or not. A pool whose price of
    /// the moment is not below the on-demand price is not bought, however cheap it was on average.
    /// </summary>
    static (IReadOnlyList<CandidatePool> Worthwhile, CandidatePool? Best) Choose(FleetInstance instance, decimal onDemand, UsagePattern pattern, Market market, MigrationPolicy policy)
    {
        var candidates = market.PoolsFor(instance.InstanceType).Select(price => Candidate(price, onDemand, pattern, market, policy)).ToList();
        var needed = Needed(onDemand, policy);
        return ([
            .. Diverse(candidates.Where(c => c.NetSavingMonthlyUsd >= needed && c.CurrentHourlyUsd < onDemand)
                .OrderByDescending(c => Preference(c, instance.AvailabilityZone)).ThenBy(c => c.Pool.InstanceType, StringComparer.Ordinal).ThenBy(c => c.Pool.AvailabilityZone, StringComparer.Ordinal))
                .Take(policy.CandidatePools),
        ], candidates.MaxBy(c => c.NetSavingMonthlyUsd));
    }

    /// <summary>
    /// No more than two pools of a type before every type has had its turn: pools of one type run dry together, and the cloud scores
    /// requests for fewer than three types low.
    /// </summary>
    static IEnumerable<CandidatePool> Diverse(IEnumerable<CandidatePool> preferred)
    {
        const int perType = 2;
        var taken = new Dictionary<string, int>(StringComparer.Ordinal);
        var later = new List<CandidatePool>();
        foreach (var candidate in preferred)
        {
            var count = taken[candidate.Pool.InstanceType] = taken.GetValueOrDefault(candidate.Pool.InstanceType) + 1;
            if (count > perType)
                later.Add(candidate);
            else
                yield return candidate;
        }

        foreach (var candidate in later)
            yield return candidate;
    }

    /// <summary>The least that a move must save, USD per month.</summary>
    static decimal Needed(decimal onDemand, MigrationPolicy policy) => Money.MonthlyUsd(onDemand) * policy.MinSavingFraction;

    /// <summary>
    /// Net saving = 730 h × (on-demand − mean spot) − expected interruption cost, where the latter is
    /// monthly interruption probability × (changeover hours × (on-demand + spot) + the policy's cost of an interruption):
    /// while a replacement comes up both machines are paid for.
    /// </summary>
    static CandidatePool Candidate(SpotPriceHistory price, decimal onDemand, UsagePattern pattern, Market market, MigrationPolicy policy)
    {
        var band = market.InterruptionBand(price.Pool.InstanceType);
        var probability = InterruptionBand.MonthlyProbability(band);
        var interruption = decimal.Round(probability * (((decimal)policy.Changeover.TotalHours * (onDemand + price.MeanHourlyUsd)) + policy.InterruptionCostUsd), 4);
        var net = Money.MonthlyUsd(onDemand - price.MeanHourlyUsd) - interruption;
        return new CandidatePool(price.Pool, price.MeanHourlyUsd, price.CurrentHourlyUsd, band, RiskOf(price, band, pattern), interruption, net);
    }

    /// <summary>
    /// One point for an unknown or middling interruption band (10–15 %), two for a high one; one for a price that went above 1.5 times
    /// its mean, two above 2 times; one for a workload that comes in bursts, since it meets interruptions at its worst. None: low, one: medium.
    /// </summary>
    static Risk RiskOf(SpotPriceHistory price, int? band, UsagePattern pattern)
    {
        var points = band switch { 0 or 1 => 0, 2 or null => 1, _ => 2 };
        var swing = price.MeanHourlyUsd == 0 ? 1 : price.HighestHourlyUsd / price.MeanHourlyUsd;
        points += swing > 2m ? 2 : swing > 1.5m ? 1 : 0;
        points += pattern is UsagePattern.Burst ? 1 : 0;
        return points switch { 0 => Risk.Low, 1 => Risk.Medium, _ => Risk.High };
    }

    /// <summary>Saving first, but a medium risk has to save 5 % more and a high one 15 % more; another zone 2 % more, for its traffic.</summary>
    static decimal Preference(CandidatePool candidate, string zone) => candidate.NetSavingMonthlyUsd
        * candidate.Risk switch { Risk.Low => 1.00m, Risk.Medium => 0.95m, Risk.High => 0.85m, _ => throw new ArgumentOutOfRangeException(nameof(candidate), candidate.Risk, "unknown risk") }
        * (candidate.Pool.AvailabilityZone == zone ? 1.00m : 0.98m);

    /// <summary>
    /// Burst: the highest moment is more than 1.5 times what 95 % of the hours stay under, and by more than a tenth of the machine: short
    /// peaks that hourly averages do not show. Else stable while the hourly averages vary by less than 15 % of their mean
    /// (coefficient of variation; a sine by the time of day that swings by a fifth to each side has 0.14), else variable.
    /// </summary>
    public static UsagePattern PatternOf(UtilisationHistory cpu) =>
        cpu.Peak > 1.5 * cpu.P95 && cpu.Peak - cpu.P95 > 0.10 ? UsagePattern.Burst
        : cpu.CoefficientOfVariation < 0.15 ? UsagePattern.Stable
        : UsagePattern.Variable;

    /// <summary>1 when everything was known: 0.4 for CPU use over the full lookback, 0.2 for memory use, 0.3 for the interruption band, 0.1 for the prices, without which there is no opportunity.</summary>
    static double Confidence(ObservedInstance observed, CandidatePool pool, MigrationPolicy policy)
    {
        var history = Math.Min(1.0, observed.Cpu!.Hours / policy.Lookback.TotalHours);
        return Math.Round((0.4 * history) + (observed.Memory is null ? 0 : 0.2) + (pool.InterruptionBand is null ? 0 : 0.3) + 0.1, 2);
    }

    /// <summary>An observation's prices and types, by key.</summary>
    sealed class Market(FleetObservation observation)
    {
        readonly Dictionary<string, InstanceTypeFacts> types = observation.InstanceTypes.ToDictionary(t => t.InstanceType, StringComparer.Ordinal);
        readonly ILookup<string, SpotPriceHistory> pools = observation.SpotPrices.ToLookup(p => p.Pool.InstanceType, StringComparer.Ordinal);
        readonly Dictionary<string, List<SpotPriceHistory>> poolsFor = new(StringComparer.Ordinal);
        readonly Dictionary<(string Type, string Zone, UsagePattern Pattern), (IReadOnlyList<CandidatePool>, CandidatePool?)> choices = [];
        readonly Dictionary<CapacityPool, decimal> current = observation.SpotPrices.ToDictionary(p => p.Pool, p => p.CurrentHourlyUsd);

        public string Region => observation.Region;

        public InstanceTypeFacts? Type(string type) => types.GetValueOrDefault(type);

        public decimal? OnDemandHourlyUsd(string type) => observation.OnDemandHourlyUsd.TryGetValue(type, out var usd) ? usd : null;

        public int? InterruptionBand(string type) => observation.InterruptionBands.TryGetValue(type, out var band) ? band : null;

        /// <summary>What an instance costs now; 0 where its price is not known or it does not run.</summary>
        public decimal HourlyUsd(FleetInstance instance)
        {
            if (instance.State is not "running")
                return 0;
            if (instance.CapacityType is CapacityType.Spot && current.TryGetValue(new CapacityPool(CapacityType.Spot, instance.InstanceType, instance.AvailabilityZone), out var spot))
                return spot;
            return OnDemandHourlyUsd(instance.InstanceType) ?? 0;
        }

        /// <summary>Instances of one type, zone and pattern share their choice: it is computed once.</summary>
        public (IReadOnlyList<CandidatePool> Worthwhile, CandidatePool? Best) Choice(
            (string Type, string Zone, UsagePattern Pattern) key, Func<(IReadOnlyList<CandidatePool>, CandidatePool?)> choose)
        {
            if (!choices.TryGetValue(key, out var choice))
                choices[key] = choice = choose();
            return choice;
        }

        /// <summary>The priced pools that an instance of the type could move to; found once per type.</summary>
        public IReadOnlyList<SpotPriceHistory> PoolsFor(string type)
        {
            if (!poolsFor.TryGetValue(type, out var found))
            {
                var original = types[type];
                found = [.. types.Values.Where(t => Candidates.CanReplace(t, original, observation.OnDemandHourlyUsd)).SelectMany(t => pools[t.InstanceType])];
                poolsFor[type] = found;
            }

            return found;
        }
    }
}
