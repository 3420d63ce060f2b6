using System.Globalization;

namespace OptiInfra.Chaos.Judgement;

public enum Fate
{
    /// <summary>Something that was to happen did not, or is not there.</summary>
    Lost,
    /// <summary>Something happened twice.</summary>
    Duplicated,
    /// <summary>A migration has not ended.</summary>
    Unfinished,
}

/// <param name="What">A sentence that names what it is about.</param>
sealed record Finding(Fate Fate, string What);

sealed record Verdict(IReadOnlyList<Finding> Findings, bool ChainIsIntact)
{
    public static Verdict Of(Evidence evidence) => new(
        [
            .. MigrationChecks.Of(evidence), .. LogChecks.Of(evidence), .. CommandChecks.Of(evidence), .. EndpointChecks.Of(evidence),
            .. CloudChecks.Of(evidence), .. ReadModelChecks.Of(evidence),
        ],
        evidence.ChainIsIntact);

    public int Count(Fate fate) => Findings.Count(f => f.Fate == fate);

    public bool IsClean => Findings.Count == 0 && ChainIsIntact;

    /// <summary>The last line of a run.</summary>
    public string Line => string.Create(CultureInfo.InvariantCulture,
        $"lost {Count(Fate.Lost)}, duplicated {Count(Fate.Duplicated)}, unfinished {Count(Fate.Unfinished)}, chain {(ChainIsIntact ? "ok" : "broken")}");
}
