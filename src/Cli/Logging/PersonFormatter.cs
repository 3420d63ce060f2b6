using System.Globalization;
using OptiInfra.Cli.Errors;
using Serilog.Events;
using Serilog.Formatting;
using Serilog.Parsing;

namespace OptiInfra.Cli.Logging;

/// <summary>One line per event: time, level, who, what. Of an exception only its messages, unless stack traces are wanted.</summary>
sealed class PersonFormatter(bool withStackTraces) : ITextFormatter
{
    public void Format(LogEvent logEvent, TextWriter output)
    {
        output.Write(logEvent.Timestamp.UtcDateTime.ToString("HH:mm:ss", CultureInfo.InvariantCulture));
        output.Write(Level(logEvent.Level));
        if (logEvent.Properties.TryGetValue("SourceContext", out var context) && context is ScalarValue { Value: string source })
        {
            output.Write(source[(source.LastIndexOf('.') + 1)..]);
            output.Write(": ");
        }

        output.Write(ErrorReport.OneLine(string.Concat(logEvent.MessageTemplate.Tokens.Select(token => Text(token, logEvent)))));
        if (logEvent.Exception is { } exception)
            output.Write(withStackTraces ? Environment.NewLine + exception : $" ({Reasons(exception)})");
        output.WriteLine();
    }

    /// <summary>Values that are strings stand without quotation marks.</summary>
    static string Text(MessageTemplateToken token, LogEvent logEvent)
    {
        if (token is PropertyToken property && logEvent.Properties.TryGetValue(property.PropertyName, out var value) && value is ScalarValue { Value: string text })
            return text;
        using var rendered = new StringWriter(CultureInfo.InvariantCulture);
        token.Render(logEvent.Properties, rendered, CultureInfo.InvariantCulture);
        return rendered.ToString();
    }

    static string Reasons(Exception exception)
    {
        var reasons = new List<string>();
        for (var cause = exception; cause is not null; cause = cause.InnerException)
            if (reasons.Count == 0 || !reasons[^1].Contains(cause.Message, StringComparison.Ordinal))
                reasons.Add(cause.Message);
        return ErrorReport.OneLine(string.Join(": ", reasons));
    }

    static string Level(LogEventLevel level) => level switch
    {
        LogEventLevel.Verbose or LogEventLevel.Debug => " debug ",
        LogEventLevel.Information => " ",
        LogEventLevel.Warning => " warning ",
        LogEventLevel.Error => " error ",
        LogEventLevel.Fatal => " fatal ",
        _ => " ",
    };
}
