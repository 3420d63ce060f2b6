using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace OptiInfra.EventStore;

/// <summary>Meter and activity source <c>OptiInfra.EventStore</c>.</summary>
public static class EventStoreInstruments
{
    public const string MeterName = "OptiInfra.EventStore";

    static readonly Meter Meter = new(MeterName);

    static readonly ActivitySource Activities = new(MeterName);

    /// <summary>The span of a commit, below what its first event says led to it.</summary>
    internal static Activity? StartAppend(IEvent first, int events) =>
        Activities.HasListeners() && ActivityContext.TryParse(first.TraceParent, null, isRemote: true, out var parent)
            ? Activities.StartActivity("append", ActivityKind.Client, parent)?
                .SetTag("db.system.name", "postgresql").SetTag("event_store.stream_id", first.StreamId.ToString("D")).SetTag("event_store.events", events)
            : null;

    /// <summary>Events whose append was committed.</summary>
    internal static Counter<long> Appended { get; } = Meter.CreateCounter<long>("event_store.events.appended", "{event}");

    /// <summary>Saves that lost against another writer.</summary>
    internal static Counter<long> Conflicts { get; } = Meter.CreateCounter<long>("event_store.conflicts", "{save}");

    /// <summary>At each group commit of several: how many saves it held.</summary>
    internal static Histogram<int> SavesTogether { get; } = Meter.CreateHistogram<int>("event_store.saves.together", "{save}");

    /// <summary>At each reading of the log: how many sequence numbers unfinished appends hold back. What does not fall to 0 is an append that hangs.</summary>
    internal static Histogram<long> HeldBack { get; } = Meter.CreateHistogram<long>("event_store.log.held_back", "{event}");

    /// <summary>Streams that a projection has set aside, by projection and kind (failed, unknown).</summary>
    internal static Counter<long> Skipped { get; } = Meter.CreateCounter<long>("event_store.projection.skipped", "{stream}");

    /// <summary>Streams that were set aside and have been applied after all, by projection.</summary>
    internal static Counter<long> Recovered { get; } = Meter.CreateCounter<long>("event_store.projection.recovered", "{stream}");
}
