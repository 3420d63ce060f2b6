using System.Diagnostics.Metrics;

namespace OptiInfra.Gateway.UserProxy;

/// <summary>Meter <c>OptiInfra.UserProxy</c>.</summary>
static class UserProxyInstruments
{
    public const string Name = "OptiInfra.UserProxy";

    static readonly Meter Meter = new(Name);
    static readonly Counter<long> Requests = Meter.CreateCounter<long>("proxy.requests", "{request}");
    static readonly Counter<long> Retries = Meter.CreateCounter<long>("proxy.retries", "{retry}");
    static readonly Counter<long> Switches = Meter.CreateCounter<long>("proxy.switches", "{switch}");
    static readonly Histogram<double> Duration = Meter.CreateHistogram<double>("proxy.request.duration", "s");

    /// <param name="status">Of the answer; 0 where the client went away, or the answer broke off.</param>
    public static void CountRequest(int status, TimeSpan took)
    {
        var class_ = new KeyValuePair<string, object?>("status", status == 0 ? "aborted" : $"{status / 100}xx");
        Requests.Add(1, class_);
        Duration.Record(took.TotalSeconds, class_);
    }

    /// <param name="reason">connect, answer (broken off before it began) or not_ready.</param>
    public static void CountRetry(string reason) => Retries.Add(1, new KeyValuePair<string, object?>("reason", reason));

    public static void CountSwitch() => Switches.Add(1);
}
