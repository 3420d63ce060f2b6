using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using OptiInfra.Cli.Logging;
using OptiInfra.Cli.Tests.Processes;
using Serilog.Events;
using Serilog.Extensions.Logging;
using Serilog.Parsing;

namespace OptiInfra.Cli.Tests;

public sealed class LogTests
{
    static string Written(bool withStackTraces, Exception? exception, string template, params (string Name, object Value)[] values)
    {
        var logged = new LogEvent(
            new DateTimeOffset(2026, 1, 5, 8, 0, 0, TimeSpan.Zero), LogEventLevel.Warning, exception, new MessageTemplateParser().Parse(template),
            values.Select(v => new LogEventProperty(v.Name, new ScalarValue(v.Value))));
        using var writer = new StringWriter();
        new PersonFormatter(withStackTraces).Format(logged, writer);
        return writer.ToString();
    }

    static Exception Thrown()
    {
        try
        {
            throw new InvalidOperationException("outer\nbroke", new IOException("inner"));
        }
        catch (InvalidOperationException e)
        {
            return e;
        }
    }

    [Fact]
    public void a_person_reads_one_line_with_the_reasons_and_no_stack_trace() =>
        Assert.Equal(
            "08:00:00 warning EventRelay: Waiting for RabbitMQ (outer broke: inner)" + Environment.NewLine,
            Written(false, Thrown(), "Waiting for {What}", ("What", "RabbitMQ"), ("SourceContext", "OptiInfra.Messaging.EventRelay")));

    [Fact]
    public void who_debugs_gets_the_stack_trace_too() =>
        Assert.Contains("   at ", Written(true, Thrown(), "Waiting"), StringComparison.Ordinal);

    [Fact]
    public void a_json_line_says_of_which_migration_customer_and_trace_it_is()
    {
        var file = Path.GetTempFileName();
        try
        {
            string trace, span;
            using (var log = Logs.Create(new PlatformSettings { LogFormat = LogFormat.Json }, file))
            using (var factory = new SerilogLoggerFactory(log))
            using (var activity = new Activity("packing").SetIdFormat(ActivityIdFormat.W3C).Start())
            {
                (trace, span) = (activity.TraceId.ToHexString(), activity.SpanId.ToHexString());
                var logger = factory.CreateLogger("test");
                using (logger.BeginScope(new Dictionary<string, object> { ["migration_id"] = "0198", ["tenant"] = "acme" }))
                    logger.LogInformation("Moved");
            }

            using var json = JsonDocument.Parse(File.ReadAllText(file));
            var properties = json.RootElement.GetProperty("Properties");
            Assert.Equal(
                ["0198", "acme", trace, span],
                ((string[])["migration_id", "tenant", "trace_id", "span_id"]).Select(name => properties.GetProperty(name).GetString()!));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task a_container_logs_one_json_object_per_line()
    {
        var environment = new Dictionary<string, string>
        {
            ["OPTIINFRA_POSTGRES"] = $"Host=127.0.0.1;Port={TcpRelay.FreePort()};Database=d;Username=u;Password=p",
        };
        await using var run = CliProcess.Start(environment, "run", "--roles", "projections", "--log-format", "json");
        await run.UntilErrorSaysAsync("Waiting for");
        run.Terminate();
        var lines = (await run.EndAsync()).Succeeds().Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.All(lines, line =>
        {
            using var json = JsonDocument.Parse(line);
            Assert.NotEmpty(json.RootElement.GetProperty("RenderedMessage").GetString()!);
        });
    }
}
