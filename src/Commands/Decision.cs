namespace OptiInfra.Commands;

/// <summary>What a decider makes of a command: events, or a refusal. No events means that nothing was left to do.</summary>
public abstract record Decision
{
    Decision() { }

    public sealed record Accepted(IReadOnlyList<object> Events) : Decision;

    /// <param name="Code">Stable, snake_case, for programs.</param>
    /// <param name="Reason">What is wrong and what to do, for people.</param>
    public sealed record Refused(string Code, string Reason) : Decision;

    public static Decision Nothing { get; } = new Accepted([]);

    public static Decision Accept(params IReadOnlyList<object> events) => new Accepted(events);

    public static Decision Refuse(string code, string reason) => new Refused(code, reason);
}
