using OptiInfra.Contracts;
using OptiInfra.Contracts.LiveMigrations;

namespace OptiInfra.Agents.Scouting;

/// <summary>What was seen of one spot pool's capacity over time; kept, so that a restart forgets nothing.</summary>
public sealed record PoolSpell
{
    /// <summary>Interruptions older than this say nothing any more.</summary>
    static readonly TimeSpan Remembered = TimeSpan.FromHours(6);

    /// <summary>At the first look the spell has gone on for a while; the median one, as nothing is known.</summary>
    static readonly TimeSpan MedianAge = TimeSpan.FromMinutes(30);

    /// <summary>A look so long ago says nothing about what was in between.</summary>
    static readonly TimeSpan Forgotten = TimeSpan.FromHours(2);

    /// <summary>The pool's name.</summary>
    public required string Id { get; init; }
    public required CapacityPool Pool { get; init; }
    public bool Available { get; init; }
    /// <summary>When the present spell began.</summary>
    public DateTimeOffset Since { get; init; }
    public DateTimeOffset SeenAt { get; init; }
    public PoolKindOdds Kind { get; init; } = PoolKindOdds.Prior;
    /// <summary>A launch found no capacity: not offered before then.</summary>
    public DateTimeOffset? EmptyUntil { get; init; }
    public IReadOnlyList<DateTimeOffset> Interruptions { get; init; } = [];

    public static string IdOf(CapacityPool pool) => pool.ToString();

    public static PoolSpell First(CapacityPool pool, bool available, DateTimeOffset now) =>
        new() { Id = IdOf(pool), Pool = pool, Available = available, Since = now - MedianAge, SeenAt = now, Kind = PoolKindOdds.First(available) };

    /// <summary>The pool was looked at.</summary>
    public PoolSpell Seen(bool available, DateTimeOffset now)
    {
        if (now <= SeenAt)
            return this;
        if (now - SeenAt > Forgotten)
            return First(Pool, available, now) with { Kind = Kind, EmptyUntil = EmptyUntil, Interruptions = Interruptions };
        var ended = available != Available;
        return this with
        {
            Available = available,
            Since = ended ? now : Since,
            SeenAt = now,
            Kind = Kind.Seen(Available, (SeenAt - Since).TotalHours, (now - Since).TotalHours, ended),
        };
    }

    /// <summary>The cloud took an instance of ours back: for us, the spell has ended.</summary>
    public PoolSpell Interrupted(DateTimeOffset at) => Seen(false, at) with { Interruptions = [.. Interruptions.Where(i => at - i <= Remembered), at] };

    public PoolSpell Empty(DateTimeOffset at, DateTimeOffset until) => Seen(false, at) with { EmptyUntil = until };

    public SpotOffer Offer(decimal hourlyUsd, int? placementScore, DateTimeOffset now) => new(
        Pool.ToString(), hourlyUsd, Available, Math.Max(0, (now - Since).TotalHours), placementScore,
        Interruptions.Count(i => now - i <= Remembered), Kind);
}
