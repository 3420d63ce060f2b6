using System.Diagnostics;
using System.Diagnostics.Metrics;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;
using OptiInfra.EventStore;

namespace OptiInfra.Commands;

/// <summary>Meter and activity source <c>OptiInfra.Commands</c>.</summary>
public static class CommandInstruments
{
    public const string Name = "OptiInfra.Commands";

    static readonly Meter Meter = new(Name);
    static readonly Counter<long> Decided = Meter.CreateCounter<long>("commands.decided", "{command}");
    static readonly Counter<long> Votes = Meter.CreateCounter<long>("votes.cast", "{vote}");
    /// <summary>From the request to the end, by the store's clock.</summary>
    static readonly Histogram<double> Duration = Meter.CreateHistogram<double>("migration.duration", "s");

    internal static ActivitySource Activities { get; } = new(Name);

    /// <summary>Counts a decision once it is committed.</summary>
    internal static void Count(IDocumentSession session, ICommand command, Decision decision, DateTimeOffset? requestedAt) => session.OnCommitted(() =>
    {
        Decided.Add(1, new("command", command.GetType().Name), new("outcome", decision is Decision.Refused r ? r.Code : "accepted"));
        if (decision is not Decision.Accepted accepted)
            return;
        foreach (var e in accepted.Events)
        {
            if (e is AgentApproved approved)
                Votes.Add(1, new("agent", approved.Agent), new("verdict", "approved"));
            else if (e is AgentRejected rejected)
                Votes.Add(1, new("agent", rejected.Agent), new("verdict", "rejected"));
            else if (requestedAt is { } from && Ending(e) is var (outcome, at))
                Duration.Record((at - from).TotalSeconds, new KeyValuePair<string, object?>("outcome", outcome));
        }
    });

    /// <summary>Whether an event ends its migration, how and when.</summary>
    internal static (string Outcome, DateTimeOffset At)? Ending(object e) => e switch
    {
        MigrationCompleted done => ("completed", done.At),
        MigrationRolledBack back => ("rolled_back", back.At),
        MigrationCancelled cancelled => ("cancelled", cancelled.At),
        MigrationFailed failed => ("failed", failed.At),
        _ => null,
    };
}
