using System.Diagnostics;
using Serilog.Core;
using Serilog.Events;

namespace OptiInfra.Cli.Logging;

/// <summary>Trace and span of what a line was logged for, under the names that collectors look for.</summary>
sealed class TraceEnricher : ILogEventEnricher
{
    public void Enrich(LogEvent logEvent, ILogEventPropertyFactory propertyFactory)
    {
        if (Activity.Current is not { IdFormat: ActivityIdFormat.W3C } activity)
            return;
        logEvent.AddPropertyIfAbsent(new("trace_id", new ScalarValue(activity.TraceId.ToHexString())));
        logEvent.AddPropertyIfAbsent(new("span_id", new ScalarValue(activity.SpanId.ToHexString())));
    }
}
