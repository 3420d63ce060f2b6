using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace OptiInfra.Messaging;

/// <summary>Meter and activity source <c>OptiInfra.Messaging</c>.</summary>
public static class RelayInstruments
{
    public const string Name = "OptiInfra.Messaging";

    static readonly Meter Meter = new(Name);

    internal static ActivitySource Activities { get; } = new(Name);

    /// <summary>Events that the bus has confirmed.</summary>
    internal static Counter<long> Published { get; } = Meter.CreateCounter<long>("relay.events.published", "{event}");

    /// <summary>Events that came back because no queue takes them.</summary>
    internal static Counter<long> Returned { get; } = Meter.CreateCounter<long>("relay.events.returned", "{event}");

    /// <summary>From the append to the confirm of the bus, by the store's clock.</summary>
    internal static Histogram<double> Lag { get; } = Meter.CreateHistogram<double>("relay.lag", "s");

    /// <summary>Times that the relay stopped for a problem and tried again; tagged with <c>problem</c>: unroutable or other.</summary>
    internal static Counter<long> Stops { get; } = Meter.CreateCounter<long>("relay.stops", "{stop}");
}
