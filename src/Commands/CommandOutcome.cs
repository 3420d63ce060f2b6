namespace OptiInfra.Commands;

/// <summary>What came of a command.</summary>
public abstract record CommandOutcome
{
    CommandOutcome() { }

    /// <param name="Events">What happened; none when nothing was left to do.</param>
    public sealed record Accepted(IReadOnlyList<object> Events) : CommandOutcome;

    /// <param name="Code">Stable, snake_case, for programs.</param>
    /// <param name="Reason">What is wrong and what to do, for people.</param>
    public sealed record Refused(string Code, string Reason) : CommandOutcome;
}

/// <summary>Who executes a command and why.</summary>
/// <param name="CommandId">The same id twice gives the same answer and no second effect.</param>
/// <param name="CausationId">The event that led to it; the command's own id when a person did.</param>
public sealed record CommandContext(Guid CommandId, string Actor, string TenantId, Guid? CausationId = null, Guid? CorrelationId = null)
{
    /// <summary>W3C trace context of what led to it; the current activity's, or the migration's own, when null.</summary>
    public string? TraceParent { get; init; }
}
