using System.Diagnostics;
using OptiInfra.Agents.Scouting;
using OptiInfra.Commands.LiveMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.LiveMigrations;

namespace OptiInfra.Benchmarks.Scouting;

/// <summary>A fleet of training jobs looked at once per control period, beside a follower of prices that only takes the cheapest offer.</summary>
public sealed class ScoutBenchmark : IBenchmark
{
    const int Looks = 31;
    const int Pools = 66;
    static readonly string[] Zones = ["us-east-1a", "us-east-1b", "us-east-1c"];
    static readonly List<OnDemandPoolView> OnDemand =
        [.. from type in Enumerable.Range(0, Pools / Zones.Length) from zone in Zones select new OnDemandPoolView(new CapacityPool(CapacityType.OnDemand, TypeName(type), zone), OnDemandUsd(type))];

    public string Name => "scouting";

    public string Description => "a look over 66 pools for 100 and 1,000 jobs with and without deadlines: time and memory a control period, beside taking the cheapest offer";

    public Task RunAsync(BenchmarkContext context, CancellationToken cancellationToken)
    {
        var rows = new List<IReadOnlyList<string>>();
        var perJob = 0.0;
        var baseline = 0.0;
        // compiled and warm before anything is timed
        Measure(100, withDeadline: true, CancellationToken.None);
        foreach (var (jobs, withDeadline) in (ReadOnlySpan<(int, bool)>)[(100, true), (1_000, false), (1_000, true)])
        {
            var run = Measure(jobs, withDeadline, cancellationToken);
            (perJob, baseline) = (run.Later.Median / jobs * 1000, run.Cheapest / jobs * 1000);
            rows.Add([
                $"{jobs:N0} {(withDeadline ? "with a deadline" : "without")}", BenchmarkContext.Figure(run.First), BenchmarkContext.Figure(run.Later.Median), BenchmarkContext.Figure(run.Later.Largest),
                BenchmarkContext.Figure(perJob), BenchmarkContext.Figure(run.AllocatedBytes / 1048576.0), BenchmarkContext.Figure(run.HeldBytes / 1048576.0), $"{run.Moves}",
            ]);
        }

        context.Table(["jobs", "first look, ms", "later looks, median ms", "largest ms", "µs a job", "allocated a look, MiB", "held in the end, MiB", "moves"], rows);
        context.Say($"{Looks} looks, two minutes apart, over {Pools} pools whose prices change; one thread. The first look makes the plans that the jobs' terms need, and later ones those of terms that are new. Held: the plans, which every job shares.");
        context.Compare(perJob, "µs a job and look, 1,000 jobs with deadlines", baseline, "µs for the cheapest offer");
        return Task.CompletedTask;
    }

    sealed record Run(double First, (double Median, double Largest) Later, double Cheapest, long AllocatedBytes, long HeldBytes, int Moves);

    static Run Measure(int count, bool withDeadline, CancellationToken cancellationToken)
    {
        var random = new Random(20_260_105);
        var now = new DateTimeOffset(2026, 1, 5, 8, 0, 0, TimeSpan.Zero);
        var pools = FirstPools(random, now);
        var jobs = Enumerable.Range(0, count).Select(_ => Job(random, pools, now, withDeadline)).ToList();
        var held = GC.GetTotalMemory(forceFullCollection: true);
        var plans = new DeadlinePlans();
        var times = new List<double>();
        var cheapest = new List<double>();
        long allocated = 0;
        var moves = 0;
        for (var look = 0; look < Looks; look++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            now += TimeSpan.FromMinutes(2);
            pools = [.. pools.Select(p => Next(p, random, now))];
            var market = new MarketView(now, pools, OnDemand);
            var before = GC.GetAllocatedBytesForCurrentThread();
            var started = Stopwatch.GetTimestamp();
            var decisions = jobs.ConvertAll(job => new Scout(job.Spec.Policy.Scouting, plans).Decide(JobObservation.Of(job, market, now)!));
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            moves += decisions.Count(d => d.Moves);
            jobs = [.. jobs.Zip(decisions, (job, decision) => After(job, decision, pools, now))];

            started = Stopwatch.GetTimestamp();
            var taken = 0m;
            foreach (var job in jobs)
                taken += JobObservation.Of(job, market, now)!.Offers.MinBy(o => o.HourlyUsd)!.HourlyUsd;
            cheapest.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            if (taken == 0)
                throw new BenchmarkException("No pool has a price; nothing worth timing was looked at.");
        }

        var heldAfter = GC.GetTotalMemory(forceFullCollection: true);
        GC.KeepAlive(plans);
        return new Run(times[0], (Sample.Median(times[1..]), times[1..].Max()), Sample.Median(cheapest), allocated, heldAfter - held, moves);
    }

    static string TypeName(int type) => $"m{5 + (type % 3)}{"adin"[type / 3 % 4]}.{(type / 12 == 0 ? "" : "2")}xlarge";

    static decimal OnDemandUsd(int type) => 0.19m + (0.01m * type);

    /// <summary>Prices between a quarter and two thirds of on-demand, spells of all ages, in pools of all kinds that were watched for two days.</summary>
    static List<SpotPoolView> FirstPools(Random random, DateTimeOffset now) =>
    [
        .. from type in Enumerable.Range(0, Pools / Zones.Length)
           from zone in Zones
           let usd = OnDemandUsd(type) * (decimal)(0.25 + (random.NextDouble() * 0.4))
           let pool = new CapacityPool(CapacityType.Spot, TypeName(type), zone)
           let spell = PoolSpell.First(pool, random.Next(10) > 0, now) with
           {
               Since = now.AddHours(-random.NextDouble() * 30),
               Kind = Watched(random, pool, now),
           }
           select new SpotPoolView(spell, usd, usd, usd, random.Next(1, 11)),
    ];

    /// <summary>What two days of spells of a pool of any kind tell of it.</summary>
    static PoolKindOdds Watched(Random random, CapacityPool pool, DateTimeOffset now)
    {
        var pattern = PoolPattern.All[random.Next(PoolPattern.All.Count)];
        var at = now.AddDays(-2);
        var spell = PoolSpell.First(pool, available: true, at);
        for (at += TimeSpan.FromMinutes(10); at <= now; at += TimeSpan.FromMinutes(10))
        {
            var held = Math.Exp(-pattern.Spells(spell.Available).Exposure((spell.SeenAt - spell.Since).TotalHours, (at - spell.Since).TotalHours));
            spell = spell.Seen(spell.Available == random.NextDouble() < held, at);
        }

        return spell.Kind;
    }

    static SpotPoolView Next(SpotPoolView pool, Random random, DateTimeOffset now)
    {
        var usd = random.Next(20) == 0 ? pool.HourlyUsd * (decimal)(0.95 + (random.NextDouble() * 0.1)) : pool.HourlyUsd;
        return pool with
        {
            Spell = pool.Spell.Seen(random.Next(200) == 0 ? !pool.Spell.Available : pool.Spell.Available, now),
            HourlyUsd = usd,
            HighestUsd = Math.Max(usd, pool.HourlyUsd),
            LowestUsd = Math.Min(usd, pool.HourlyUsd),
        };
    }

    /// <summary>What was decided has happened, and the job has saved a checkpoint every ten minutes.</summary>
    static TrainingJob After(TrainingJob job, ScoutDecision decision, List<SpotPoolView> pools, DateTimeOffset now)
    {
        if (now - job.CheckpointAt >= TimeSpan.FromMinutes(10) && job.WorkingEpoch is not null)
            job = job with { CheckpointAt = now, Checkpoint = job.Checkpoint! with { Step = Math.Min(job.Iterations - 1, job.Checkpoint!.Step + (int)((now - job.CheckpointAt!.Value).TotalHours / job.HoursPerStep!.Value)) } };
        if (decision.On is RunsOn.Nothing)
            return job with { WorkingEpoch = null };
        if (!decision.Moves)
            return job;
        var spot = pools.Find(p => p.Spell.Pool.ToString() == decision.Pool);
        var trainer = new Trainer(job.Trainers.Count + 1, spot?.Spell.Pool ?? OnDemand[0].Pool, spot?.HourlyUsd ?? OnDemand[0].HourlyUsd, "token", now) { WorkingSince = now, ProvisionedAt = now };
        return job with { Trainers = job.Trainers.Add(trainer), WorkingEpoch = trainer.Epoch };
    }

    /// <summary>A job half way: three of four run on spot, the others on demand; each with changeovers and a deadline of its own.</summary>
    static TrainingJob Job(Random random, List<SpotPoolView> pools, DateTimeOffset now, bool withDeadline)
    {
        var hours = 4 + (random.NextDouble() * 120);
        var pool = pools[random.Next(pools.Count)];
        var onSpot = random.Next(4) > 0;
        var started = now.AddHours(-3);
        return TrainingJob.Create(new JobSubmitted(
            Guid.NewGuid(), "acme", "team@acme.example",
            new TrainingJobSpec
            {
                Name = "job",
                Program = new TrainingProgram([], "", ""),
                Needs = new MachineNeeds { ImageId = "ami-1" },
                Bucket = "acme-training",
                EstimatedHours = hours,
                Deadline = withDeadline ? now.AddHours((hours / 2 * (1.05 + random.NextDouble())) + 1.5) : null,
            }, "jobs/job", started)) with
        {
            Status = JobStatus.Running,
            Iterations = 1000,
            HoursPerStep = hours / 1000,
            Checkpoint = new TrainerCheckpoint(500, 1, "manifest"),
            CheckpointAt = now.AddMinutes(-random.Next(10)),
            ChangeoverHours = [.. Enumerable.Range(0, random.Next(1, 6)).Select(_ => 0.03 + (random.NextDouble() * 0.3))],
            WorkingEpoch = 1,
            Trainers = [new Trainer(1, onSpot ? pool.Spell.Pool : pool.Spell.Pool with { CapacityType = CapacityType.OnDemand }, pool.HourlyUsd, "token", started) { WorkingSince = started, ProvisionedAt = started }],
        };
    }
}
