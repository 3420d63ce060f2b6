using System.Diagnostics.Metrics;

namespace OptiInfra.EventStore;

/// <summary>The meter <c>OptiInfra.EventStore</c>.</summary>
public static class EventStoreInstruments
{
    public const string MeterName = "OptiInfra.EventStore";

    static readonly Meter Meter = new(MeterName);

    /// <summary>Events whose append was committed.</summary>
    internal static Counter<long> Appended { get; } = Meter.CreateCounter<long>("event_store.events.appended", "{event}");

    /// <summary>Saves that lost against another writer.</summary>
    internal static Counter<long> Conflicts { get; } = Meter.CreateCounter<long>("event_store.conflicts", "{save}");

    /// <summary>At each group commit of several: how many saves it held.</summary>
    internal static Histogram<int> SavesTogether { get; } = Meter.CreateHistogram<int>("event_store.saves.together", "{save}");

    /// <summary>At each reading of the log: how many sequence numbers unfinished appends hold back. What does not fall to 0 is an append that hangs.</summary>
    internal static Histogram<long> HeldBack { get; } = Meter.CreateHistogram<long>("event_store.log.held_back", "{event}");
}
