using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting;

namespace OptiInfra.Cli.Logging;

/// <summary>Writes logs to a file of one's own, line by line.</summary>
sealed class TextWriterSink(TextWriter writer, ITextFormatter format) : ILogEventSink, IDisposable
{
    readonly Lock gate = new();

    public void Emit(LogEvent logEvent)
    {
        lock (gate)
        {
            format.Format(logEvent, writer);
            writer.Flush();
        }
    }

    public void Dispose() => writer.Dispose();
}
