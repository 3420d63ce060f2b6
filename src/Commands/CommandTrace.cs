using System.Diagnostics;
using OptiInfra.Contracts;
using OptiInfra.EventStore;

namespace OptiInfra.Commands;

/// <summary>
/// One trace per migration: its first command begins it, and what a person commands later, from whichever process, joins the trace of the
/// first event. The chain lives in the events, so that it holds also through processes that export nothing.
/// </summary>
static class CommandTrace
{
    /// <summary>Starts the span of a decision and has the session's events carry it; null where nobody listens.</summary>
    public static async Task<Activity?> StartAsync(
        IDocumentSession session, ICommand command, CommandContext context, long version, CancellationToken cancellationToken)
    {
        var parent = session.Metadata.TraceParent ?? context.TraceParent ?? await ParentAsync(session, command, context, version, cancellationToken).ConfigureAwait(false);
        var name = $"decide {command.GetType().Name}";
        var activity = ActivityContext.TryParse(parent, null, isRemote: true, out var known)
            ? CommandInstruments.Activities.StartActivity(name, ActivityKind.Internal, known)
            : CommandInstruments.Activities.StartActivity(name) ?? Begin(name);
        activity?.SetTag("migration.id", command.StreamId.ToString("D")).SetTag("tenant", context.TenantId).SetTag("actor", context.Actor);
        session.Metadata = session.Metadata with { TraceParent = activity?.Id ?? parent };
        return activity;
    }

    static async Task<string?> ParentAsync(IDocumentSession session, ICommand command, CommandContext context, long version, CancellationToken cancellationToken)
    {
        // what an event has caused is in its trace already
        if (version == 0 || (context.CausationId is not null && Activity.Current is not null))
            return Activity.Current?.Id;
        var first = await session.Events.FetchStreamAsync(command.StreamId, version: 1, cancellationToken: cancellationToken).ConfigureAwait(false);
        return first is [{ TraceParent: { } trace }, ..] ? trace : Activity.Current?.Id;
    }

    /// <summary>A process that exports nothing still begins the trace that others go on with.</summary>
    static Activity Begin(string name) => new Activity(name) { ActivityTraceFlags = ActivityTraceFlags.Recorded }.SetIdFormat(ActivityIdFormat.W3C).Start();
}
